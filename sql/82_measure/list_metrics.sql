-- GET /metrics: every figure that the database has, of all enterprises together and of none by name. One call, over short tables and the
-- lanes' own indexes.
create or replace function http_v1.list_metrics() returns http_v1.answer
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select (200, null, json_build_object(
    'bounds', engine.latency_bounds(),
    'lanes', (select json_agg(l) from engine.lane_figures() as l),
    'measures', coalesce(
      (
        select json_agg(m)
        from (
          select
            e.lane, sum(e.claim_count) as claims, sum(e.claimed_count) as claimed, sum(e.sent_count) as sent,
            sum(e.retry_count) as retry, sum(e.failed_count) as failed, sum(e.retracted_count) as retracted,
            sum(e.dead_count) as dead, sum(e.cache_hit_count) as cache_hits, sum(e.cache_miss_count) as cache_misses,
            sum(e.answered_poll_count) as polls_answered, sum(e.retried_poll_count) as polls_retried,
            sum(e.dropped_poll_count) as polls_dropped,
            sum(e.render_seconds) as render_seconds, sum(e.wait_seconds) as wait_seconds,
            sum(e.post_seconds) as post_seconds, sum(e.total_seconds) as total_seconds,
            engine.sum_buckets(e.lane, 'render') as render_buckets, engine.sum_buckets(e.lane, 'wait') as wait_buckets,
            engine.sum_buckets(e.lane, 'post') as post_buckets, engine.sum_buckets(e.lane, 'total') as total_buckets
          from notify.notification_measure as e
          group by e.lane
        ) as m
      ), '[]'
    ),
    'workers', (select count(*) from notify.notification_worker as w where w.beaten_at > notify.now() - interval '1 minute'),
    'targets_held', (select count(*) from notify.notification_target_state as s where s.open_until > notify.now()),
    'bridges_behind', (select count(*) from notify.notification_bridge as b where not b.is_in_step)
  )::text)::http_v1.answer
$$;

alter function http_v1.list_metrics() owner to notify_engine;
grant execute on function http_v1.list_metrics() to notify_http;
comment on function http_v1.list_metrics() is 'GET /metrics: every figure that the database has.';
