-- Appends changes of receipts to what is counted, by the day and workflow of their notifications. Tests don't count.
create or replace function engine.append_receipts(p_changes engine.receipt_change[]) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into notify.notification_receipt_count (
    enterprise_id, day, workflow_key, channel_type, is_drill, dispatched_count, delivered_count, seen_count,
    skipped_count, undelivered_count
  )
  select t.*
  from (
    select
      c.enterprise_id, (n.created_at at time zone 'UTC')::date, n.workflow_key, c.channel_type, n.is_drill,
      coalesce(sum(c.sign) filter (where c.receipt_status in ('DISPATCHED', 'DELIVERED', 'SEEN', 'READ')), 0) as dispatched,
      coalesce(sum(c.sign) filter (where c.receipt_status in ('DELIVERED', 'SEEN', 'READ')), 0) as delivered,
      coalesce(sum(c.sign) filter (where c.receipt_status in ('SEEN', 'READ')), 0) as seen,
      coalesce(sum(c.sign) filter (where c.receipt_status = 'SKIPPED'), 0) as skipped,
      coalesce(sum(c.sign) filter (where c.receipt_status = 'FAILED'), 0) as undelivered
    from unnest(p_changes) as c
    cross join lateral (
      select o.created_at, o.workflow_key, o.is_drill
      from notify.ent_notification as o
      where o.enterprise_id = c.enterprise_id and o.id = c.notification_id and not o.is_test
      offset 0
    ) as n
    group by 1, 2, 3, 4, 5
  ) as t
  where t.dispatched <> 0 or t.delivered <> 0 or t.seen <> 0 or t.skipped <> 0 or t.undelivered <> 0;
end
$$;

alter function engine.append_receipts(engine.receipt_change[]) owner to notify_engine;
comment on function engine.append_receipts(engine.receipt_change[]) is 'Appends changes of receipts to what is counted.';
