-- Adds the latencies that reports appended to their totals, up to 20,000 rows: those of their enterprise, and of all together.
create or replace function engine.add_latencies() returns void
language sql
volatile
set search_path = pg_catalog, pg_temp
as $$
  with gone as (
    delete from notify.notification_latency_count as c
    where c.ctid = any(array(select o.ctid from notify.notification_latency_count as o where not o.is_total limit 20000))
    returning c.*
  )
  insert into notify.notification_latency_count as t (enterprise_id, minute, lane, stage, bucket, is_total, delivery_count)
  select e.enterprise_id, g.minute, g.lane, g.stage, g.bucket, true, sum(g.delivery_count)
  from gone as g
  cross join lateral (values (g.enterprise_id), ('00000000-0000-0000-0000-000000000000')) as e (enterprise_id)
  group by e.enterprise_id, g.minute, g.lane, g.stage, g.bucket
  on conflict (enterprise_id, minute, lane, stage, bucket) where is_total do update set
    delivery_count = t.delivery_count + excluded.delivery_count
$$;

alter function engine.add_latencies() owner to notify_engine;
comment on function engine.add_latencies() is 'Adds appended latencies to their totals.';
