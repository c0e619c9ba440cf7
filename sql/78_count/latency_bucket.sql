-- Into which bucket a duration in seconds falls: 0 up to a millisecond, and each further one is a quarter longer; the last, 80, begins at 15
-- hours. Written to be inlined.
create or replace function engine.latency_bucket(p_seconds double precision) returns smallint
language sql
immutable
parallel safe
return least(greatest(ceil(ln(greatest(p_seconds, 0.000001) * 1000) / ln(1.25)), 0), 80)::smallint;

alter function engine.latency_bucket(double precision) owner to notify_engine;
comment on function engine.latency_bucket(double precision) is 'The bucket of a duration: each is a quarter longer than the one before.';
