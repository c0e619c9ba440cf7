-- Counts a claim that was rendered: how much it held, how long that took, and how the cache of templates was used. Called last, in the same
-- statement as the rendering. The first row of a backend is made here; later ones are changed in place.
create or replace function engine.measure_claim(p_claim notify.notification_claim) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_seconds double precision := extract(epoch from clock_timestamp() - statement_timestamp());
  v_use bigint[] := template.cache_use();
  v_buckets bigint[] := engine.count_buckets(array[v_seconds]);
begin
  insert into notify.notification_measure as m
    (backend, lane, claim_count, claimed_count, cache_hit_count, cache_miss_count, render_buckets, render_seconds)
  values
    (pg_backend_pid(), p_claim.lane, 1, cardinality(p_claim.keys), v_use[1], v_use[2], v_buckets, v_seconds)
  on conflict (backend, lane) do update set
    claim_count = m.claim_count + 1,
    claimed_count = m.claimed_count + excluded.claimed_count,
    cache_hit_count = m.cache_hit_count + excluded.cache_hit_count,
    cache_miss_count = m.cache_miss_count + excluded.cache_miss_count,
    render_buckets = engine.add_counts(m.render_buckets, excluded.render_buckets),
    render_seconds = m.render_seconds + excluded.render_seconds;
end
$$;

alter function engine.measure_claim(notify.notification_claim) owner to notify_engine;
comment on function engine.measure_claim(notify.notification_claim) is 'Counts a claim that was rendered.';
