-- Adds the latencies that reports appended to their totals, up to 20,000 rows, and works out the percentiles of their minutes
-- anew.
create or replace function engine.add_latencies() returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_since timestamptz;
begin
  with gone as (
    delete from notify.notification_latency_count as c
    where c.ctid = any(array(select o.ctid from notify.notification_latency_count as o where not o.is_total limit 20000))
    returning c.*
  ),
  added as (
    insert into notify.notification_latency_count as t (enterprise_id, minute, lane, stage, bucket, is_total, delivery_count)
    select g.enterprise_id, g.minute, g.lane, g.stage, g.bucket, true, sum(g.delivery_count)
    from gone as g
    group by g.enterprise_id, g.minute, g.lane, g.stage, g.bucket
    on conflict (enterprise_id, minute, lane, stage, bucket) where is_total do update set
      delivery_count = t.delivery_count + excluded.delivery_count
    returning t.minute
  )
  select min(a.minute) into v_since from added as a;
  if v_since is not null then
    perform engine.sum_latencies(v_since);
  end if;
end
$$;

alter function engine.add_latencies() owner to notify_engine;
comment on function engine.add_latencies() is 'Adds appended latencies to their totals and percentiles.';
