-- Adds what was counted to the row of a backend and lane.
create or replace function engine.add_measures(p_measure notify.notification_measure) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into notify.notification_measure as m select p_measure.*
  on conflict (backend, lane) do update set
    claim_count = m.claim_count + excluded.claim_count,
    claimed_count = m.claimed_count + excluded.claimed_count,
    sent_count = m.sent_count + excluded.sent_count,
    retry_count = m.retry_count + excluded.retry_count,
    failed_count = m.failed_count + excluded.failed_count,
    retracted_count = m.retracted_count + excluded.retracted_count,
    dead_count = m.dead_count + excluded.dead_count,
    cache_hit_count = m.cache_hit_count + excluded.cache_hit_count,
    cache_miss_count = m.cache_miss_count + excluded.cache_miss_count,
    answered_poll_count = m.answered_poll_count + excluded.answered_poll_count,
    retried_poll_count = m.retried_poll_count + excluded.retried_poll_count,
    dropped_poll_count = m.dropped_poll_count + excluded.dropped_poll_count,
    render_buckets = engine.add_counts(m.render_buckets, excluded.render_buckets),
    render_seconds = m.render_seconds + excluded.render_seconds,
    wait_buckets = engine.add_counts(m.wait_buckets, excluded.wait_buckets),
    wait_seconds = m.wait_seconds + excluded.wait_seconds,
    post_buckets = engine.add_counts(m.post_buckets, excluded.post_buckets),
    post_seconds = m.post_seconds + excluded.post_seconds,
    total_buckets = engine.add_counts(m.total_buckets, excluded.total_buckets),
    total_seconds = m.total_seconds + excluded.total_seconds;
end
$$;

alter function engine.add_measures(notify.notification_measure) owner to notify_engine;
comment on function engine.add_measures(notify.notification_measure) is 'Adds what was counted to the row of its backend and lane.';
