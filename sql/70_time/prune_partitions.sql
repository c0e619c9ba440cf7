-- Drops the partitions of a table that are older than p_days, one day or more, but for those from which something under way may be needed.
create or replace function engine.prune_partitions(p_table text, p_days integer) returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_before date := (notify.now() at time zone 'UTC')::date - p_days;
  v_old text[] := notify.partitions_before(p_table, v_before);
  v_dropped integer := 0;
begin
  if cardinality(v_old) > 0 then
    v_old := notify.partitions_before(p_table, least(v_before, engine.oldest_open_day()));
    for v_place in 1..cardinality(v_old) loop
      v_dropped := v_dropped + notify.drop_partition(p_table, v_old[v_place]);
    end loop;
  end if;
  return v_dropped;
end
$$;

alter function engine.prune_partitions(text, integer) owner to notify_engine;
comment on function engine.prune_partitions(text, integer) is 'Drops partitions that nobody keeps any more; returns how many.';
