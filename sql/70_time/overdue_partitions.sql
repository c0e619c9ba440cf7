-- The partitions of a table that are older than p_days, one day or more, and so kept by nobody any more, but for those from which
-- something under way may be needed.
drop function if exists engine.prune_partitions(text, integer); -- it dropped them, too, long before the tick let go of them
create or replace function engine.overdue_partitions(p_table text, p_days integer) returns text[]
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_before date := (notify.now() at time zone 'UTC')::date - p_days;
  v_overdue text[] := notify.partitions_before(p_table, v_before);
begin
  if cardinality(v_overdue) > 0 then
    v_overdue := notify.partitions_before(p_table, least(v_before, engine.oldest_open_day()));
  end if;
  return v_overdue;
end
$$;

alter function engine.overdue_partitions(text, integer) owner to notify_engine;
comment on function engine.overdue_partitions(text, integer) is 'Names of the partitions that nobody keeps any more.';
