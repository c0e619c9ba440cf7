-- Counts what answers made of deliveries, and how long those took that Novu accepted: for the metrics, and appended by minute
-- for notify.notification_latency of all enterprises together. A report's deliveries are of one lane nearly always.
create or replace function engine.measure_report(p_measured engine.measured[]) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_lane record;
begin
  for v_lane in
    select
      t.lane,
      count(*) filter (where t.outcome = 'SENT') as sent_count,
      count(*) filter (where t.outcome = 'RETRY') as retry_count,
      count(*) filter (where t.outcome = 'FAILED') as failed_count,
      count(*) filter (where t.outcome = 'RETRACTED') as retracted_count,
      coalesce(array_agg(t.wait) filter (where t.wait is not null), '{}') as waits,
      coalesce(array_agg(t.post) filter (where t.post is not null), '{}') as posts,
      coalesce(array_agg(t.total) filter (where t.total is not null), '{}') as totals
    from (
      select
        m.lane, m.outcome,
        case when m.outcome = 'SENT' then greatest(extract(epoch from c.claimed_at - m.since), 0)::double precision end as wait,
        m.latency_ms::double precision / 1000 as post,
        case when m.outcome = 'SENT' then greatest(extract(epoch from notify.now() - m.since), 0)::double precision end as total
      from unnest(p_measured) as m
      left join notify.notification_claim as c on m.claim_id = c.claim_id
    ) as t
    group by t.lane
    order by t.lane
  loop
    insert into notify.notification_measure as m (
      backend, lane, sent_count, retry_count, failed_count, retracted_count, wait_buckets, wait_seconds, post_buckets,
      post_seconds, total_buckets, total_seconds
    )
    values (
      pg_backend_pid(), v_lane.lane, v_lane.sent_count, v_lane.retry_count, v_lane.failed_count, v_lane.retracted_count,
      engine.count_buckets(v_lane.waits), (select coalesce(sum(u), 0) from unnest(v_lane.waits) as u),
      engine.count_buckets(v_lane.posts), (select coalesce(sum(u), 0) from unnest(v_lane.posts) as u),
      engine.count_buckets(v_lane.totals), (select coalesce(sum(u), 0) from unnest(v_lane.totals) as u)
    )
    on conflict (backend, lane) do update set
      sent_count = m.sent_count + excluded.sent_count,
      retry_count = m.retry_count + excluded.retry_count,
      failed_count = m.failed_count + excluded.failed_count,
      retracted_count = m.retracted_count + excluded.retracted_count,
      wait_buckets = engine.add_counts(m.wait_buckets, excluded.wait_buckets),
      wait_seconds = m.wait_seconds + excluded.wait_seconds,
      post_buckets = engine.add_counts(m.post_buckets, excluded.post_buckets),
      post_seconds = m.post_seconds + excluded.post_seconds,
      total_buckets = engine.add_counts(m.total_buckets, excluded.total_buckets),
      total_seconds = m.total_seconds + excluded.total_seconds;
  end loop;
  insert into notify.notification_latency_count (enterprise_id, minute, lane, stage, bucket, delivery_count)
  select
    '00000000-0000-0000-0000-000000000000', date_trunc('minute', notify.now()), m.lane, s.stage, engine.latency_bucket(s.seconds), count(*)
  from unnest(p_measured) as m
  left join notify.notification_claim as c on m.claim_id = c.claim_id
  cross join lateral (
    values
      ('wait', extract(epoch from c.rendered_at - m.since)::double precision),
      ('post', m.latency_ms::double precision / 1000),
      ('total', extract(epoch from notify.now() - m.since)::double precision)
  ) as s (stage, seconds)
  where m.outcome = 'SENT' and s.seconds is not null
  group by m.lane, s.stage, engine.latency_bucket(s.seconds);
end
$$;

alter function engine.measure_report(engine.measured[]) owner to notify_engine;
comment on function engine.measure_report(engine.measured[]) is 'Counts what answers made of deliveries.';
