-- Adds the changes of receipts that were appended to their totals, up to 20,000 of them. A total of nothing, after pruning, goes.
create or replace function engine.add_receipts() returns void
language sql
volatile
set search_path = pg_catalog, pg_temp
as $$
  with gone as (
    delete from notify.notification_receipt_count as c
    where c.ctid = any(array(select o.ctid from notify.notification_receipt_count as o where not o.is_total limit 20000))
    returning c.*
  )
  insert into notify.notification_receipt_count as t (
    enterprise_id, day, workflow_key, channel_type, is_drill, is_total, dispatched_count, delivered_count, seen_count, skipped_count,
    undelivered_count
  )
  select
    g.enterprise_id, g.day, g.workflow_key, g.channel_type, g.is_drill, true, sum(g.dispatched_count), sum(g.delivered_count),
    sum(g.seen_count), sum(g.skipped_count), sum(g.undelivered_count)
  from gone as g
  group by g.enterprise_id, g.day, g.workflow_key, g.channel_type, g.is_drill
  on conflict (enterprise_id, day, workflow_key, channel_type, is_drill) where is_total do update set
    dispatched_count = t.dispatched_count + excluded.dispatched_count,
    delivered_count = t.delivered_count + excluded.delivered_count,
    seen_count = t.seen_count + excluded.seen_count,
    skipped_count = t.skipped_count + excluded.skipped_count,
    undelivered_count = t.undelivered_count + excluded.undelivered_count
$$;

alter function engine.add_receipts() owner to notify_engine;
comment on function engine.add_receipts() is 'Adds appended changes of receipts to their totals.';
