-- Works out the percentiles of the minutes since p_since from their totals.
create or replace function engine.sum_latencies(p_since timestamptz) returns void
language sql
volatile
set search_path = pg_catalog, pg_temp
as $$
  insert into notify.notification_latency_minute as m
    (enterprise_id, minute, lane, stage, delivery_count, p50_bucket, p95_bucket, p99_bucket)
  select
    t.enterprise_id, t.minute, t.lane, t.stage, max(t.sum_count), min(t.bucket) filter (where t.sum_count >= 0.5 * t.all_count),
    min(t.bucket) filter (where t.sum_count >= 0.95 * t.all_count), min(t.bucket) filter (where t.sum_count >= 0.99 * t.all_count)
  from (
    select
      c.enterprise_id, c.minute, c.lane, c.stage, c.bucket,
      sum(c.delivery_count) over (partition by c.enterprise_id, c.minute, c.lane, c.stage order by c.bucket) as sum_count,
      sum(c.delivery_count) over (partition by c.enterprise_id, c.minute, c.lane, c.stage) as all_count
    from notify.notification_latency_count as c
    where c.is_total and c.minute >= p_since
  ) as t
  group by t.enterprise_id, t.minute, t.lane, t.stage
  on conflict (enterprise_id, minute, lane, stage) do update set
    delivery_count = excluded.delivery_count, p50_bucket = excluded.p50_bucket, p95_bucket = excluded.p95_bucket,
    p99_bucket = excluded.p99_bucket
$$;

alter function engine.sum_latencies(timestamptz) owner to notify_engine;
comment on function engine.sum_latencies(timestamptz) is 'Works out percentiles from the totals of latencies.';
