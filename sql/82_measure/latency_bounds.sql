-- The upper bounds of the latency buckets, in seconds; what is above the last is in one more.
create or replace function engine.latency_bounds() returns double precision[]
language sql
immutable
parallel safe
return array[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600, 3600]::double precision[];

alter function engine.latency_bounds() owner to notify_engine;
comment on function engine.latency_bounds() is 'The upper bounds of the latency buckets, in seconds.';
