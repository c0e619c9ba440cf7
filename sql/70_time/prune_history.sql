-- Removes transitions of an enterprise's notifications that are older than p_days, up to p_most rows or so, but for those of what is
-- under way; returns how many. Found by the whole key, the time in it included, so that only the partitions are looked into in which
-- they stand.
create or replace function engine.prune_history(p_enterprise_id uuid, p_days integer, p_most integer) returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_count integer;
begin
  with old as materialized (
    select h.enterprise_id, h.notification_id, h.happened_at
    from notify.notification_history as h
    where
      h.enterprise_id = p_enterprise_id
      and h.happened_at < date_trunc('day', notify.now(), 'UTC') - p_days * interval '1 day'
      and not exists (
        select
        from notify.notification_delivery as d
        where
          d.enterprise_id = h.enterprise_id and d.notification_id = h.notification_id and d.delivery_status = 'OPEN'
      )
    limit p_most
  )
  delete from notify.notification_history as h
  using old as o
  where
    h.enterprise_id = o.enterprise_id
    and h.notification_id = o.notification_id
    and h.happened_at = o.happened_at;
  get diagnostics v_count = row_count;
  return v_count;
end
$$;

alter function engine.prune_history(uuid, integer, integer) owner to notify_engine;
comment on function engine.prune_history(uuid, integer, integer) is 'Removes old history of an enterprise; returns how many rows.';
