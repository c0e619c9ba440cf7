-- Removes what the enterprises of one row of notification_retention keep no longer, up to p_most notifications of each. The row of the
-- nil UUID is for all that have none of their own, whose content and history go with their partitions.
create or replace function engine.prune_enterprises(
  p_keep notify.notification_retention,
  p_most integer,
  p_is_hourly boolean
) returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_today timestamptz := date_trunc('day', notify.now(), 'UTC');
  v_is_shared boolean := p_keep.enterprise_id = '00000000-0000-0000-0000-000000000000';
  v_enterprise_id uuid := case when not v_is_shared then p_keep.enterprise_id end;
  v_pruned integer := 0;
  v_count integer;
begin
  loop
    if v_is_shared then
      v_enterprise_id := (
        select n.enterprise_id
        from notify.ent_notification as n
        where n.enterprise_id > coalesce(v_enterprise_id, '00000000-0000-0000-0000-000000000000')
        order by n.enterprise_id
        limit 1
      );
      exit when v_enterprise_id is null;
      continue when exists (
        select from notify.notification_retention as r where r.enterprise_id = v_enterprise_id
      );
    end if;
    with old as (
      select n.enterprise_id, n.id
      from notify.ent_notification as n
      where
        n.enterprise_id = v_enterprise_id
        and n.created_at < v_today - p_keep.notification_days * interval '1 day'
        and n.notification_status in ('SENT', 'FAILED', 'RETRACTED')
        and coalesce(n.retracted_at, n.processed_at) < v_today - p_keep.notification_days * interval '1 day'
        and not exists (
          select
          from notify.notification_delivery as d
          where d.enterprise_id = n.enterprise_id and d.notification_id = n.id and d.delivery_status = 'OPEN'
        )
      order by n.created_at
      limit p_most
      for update skip locked
    ),
    undelivered as (
      delete from notify.notification_delivery as d
      using old as o
      where d.enterprise_id = o.enterprise_id and d.notification_id = o.id
    ),
    unreceipted as (
      delete from notify.notification_receipt as r
      using old as o
      where r.enterprise_id = o.enterprise_id and r.notification_id = o.id
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
    v_pruned := v_pruned + v_count;
    exit when not v_is_shared;
  end loop;
  if v_is_shared or not p_is_hourly then
    return v_pruned;
  end if;
  delete from notify.notification_content as c
  where
    c.enterprise_id = v_enterprise_id
    and c.rendered_at < v_today - p_keep.content_days * interval '1 day'
    and not exists (
      select
      from notify.notification_delivery as d
      where
        d.enterprise_id = c.enterprise_id and d.notification_id = c.notification_id and d.delivery_status = 'OPEN'
    );
  get diagnostics v_count = row_count;
  v_pruned := v_pruned + v_count;
  delete from notify.notification_history as h
  where
    h.enterprise_id = v_enterprise_id
    and h.happened_at < v_today - p_keep.history_days * interval '1 day'
    and not exists (
      select
      from notify.notification_delivery as d
      where
        d.enterprise_id = h.enterprise_id and d.notification_id = h.notification_id and d.delivery_status = 'OPEN'
    );
  get diagnostics v_count = row_count;
  return v_pruned + v_count;
end
$$;

alter function engine.prune_enterprises(notify.notification_retention, integer, boolean) owner to notify_engine;
comment on function engine.prune_enterprises(notify.notification_retention, integer, boolean) is
'Removes what the enterprises of that row keep no longer; returns how many rows.';
