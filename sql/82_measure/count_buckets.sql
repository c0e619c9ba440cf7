-- How many of these durations, in seconds, fall into each bucket. One that is a bound is in the bucket below it, as Prometheus has it.
create or replace function engine.count_buckets(p_seconds double precision[]) returns bigint[]
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  c_bounds constant double precision[] := engine.latency_bounds();
  v_counts bigint[] := array_fill(0::bigint, array[cardinality(c_bounds) + 1]);
  v_seconds double precision;
  v_place integer;
begin
  foreach v_seconds in array p_seconds loop
    v_place := width_bucket(v_seconds, c_bounds);
    if v_place > 0 and c_bounds[v_place] = v_seconds then
      v_place := v_place - 1;
    end if;
    v_counts[v_place + 1] := v_counts[v_place + 1] + 1;
  end loop;
  return v_counts;
end
$$;

alter function engine.count_buckets(double precision[]) owner to notify_engine;
comment on function engine.count_buckets(double precision[]) is 'How many of these durations fall into each bucket of latency.';
