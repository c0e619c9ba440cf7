-- Removes an enterprise's final notifications that are older than p_days, up to p_most, the oldest first, with their deliveries,
-- receipts and cancellations; returns how many.
create or replace function engine.prune_notifications(p_enterprise_id uuid, p_days integer, p_most integer)
returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_before timestamptz := date_trunc('day', notify.now(), 'UTC') - p_days * interval '1 day';
  v_old engine.notification_key[];
  v_count integer;
begin
  v_old := array(
    select (n.enterprise_id, n.id)::engine.notification_key
    from notify.ent_notification as n
    where
      n.enterprise_id = p_enterprise_id
      and n.created_at < v_before
      and n.notification_status in ('SENT', 'FAILED', 'RETRACTED')
      and coalesce(n.retracted_at, n.processed_at) < v_before
      and not exists (
        select
        from notify.notification_delivery as d
        where d.enterprise_id = n.enterprise_id and d.notification_id = n.id and d.delivery_status = 'OPEN'
      )
    order by n.created_at
    limit p_most
    for update skip locked
  );
  -- by itself and first, since it is counted by its notification
  delete from notify.notification_receipt as r
  using unnest(v_old) as o (enterprise_id, id)
  where r.enterprise_id = o.enterprise_id and r.notification_id = o.id;
  with old as materialized (
    select o.enterprise_id, o.id from unnest(v_old) as o (enterprise_id, id)
  ),
  undelivered as (
    delete from notify.notification_delivery as d
    using old as o
    where d.enterprise_id = o.enterprise_id and d.notification_id = o.id
  ),
  uncancelled as (
    delete from notify.notification_cancellation as c
    using old as o
    where c.enterprise_id = o.enterprise_id and c.notification_id = o.id
  )
  delete from notify.ent_notification as n
  using old as o
  where n.enterprise_id = o.enterprise_id and n.id = o.id;
  get diagnostics v_count = row_count;
  return v_count;
end
$$;

alter function engine.prune_notifications(uuid, integer, integer) owner to notify_engine;
comment on function engine.prune_notifications(uuid, integer, integer) is
'Removes old final notifications of an enterprise; returns how many.';
