-- Makes the daily partitions of content and history, for today and the next three days. Owned by notify_owner, who owns the
-- tables; the tick calls it. A partition is closed to everybody: rows are read through the parent, under its policies.
create or replace function notify.make_partitions() returns integer
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_table text;
  v_day date;
  v_name text;
  v_made integer := 0;
begin
  foreach v_table in array array['notification_content', 'notification_history'] loop
    for v_day in
      select d::date
      from generate_series(0, 3) as n
      cross join lateral (select (notify.now() at time zone 'UTC')::date + n as d) as day
    loop
      v_name := v_table || '_' || to_char(v_day, 'YYYYMMDD');
      continue when to_regclass('notify_partition.' || v_name) is not null;
      v_made := v_made + notify.make_partition(v_table, v_name, v_day);
    end loop;
  end loop;
  return v_made;
end
$$;

alter function notify.make_partitions() owner to notify_owner;
grant execute on function notify.make_partitions() to notify_engine;
comment on function notify.make_partitions() is 'Makes the partitions of content and history for today and three days more; returns how many were missing.';
