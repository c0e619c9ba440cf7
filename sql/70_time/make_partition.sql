-- Makes one daily partition. Where rows of that day stand in the default partition already (no tick ran for days), the day stays
-- there: nothing is lost. The parent is locked for an instant; behind a long query that would hold up the workers, so it gives
-- up soon and the next tick tries again.
create or replace function notify.make_partition(p_table text, p_name text, p_day date) returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set lock_timeout = '200ms'
as $$
begin
  execute format(
    'create table notify_partition.%I partition of notify.%I for values from (%L) to (%L)',
    p_name, p_table, p_day::text || ' 00:00:00+00', (p_day + 1)::text || ' 00:00:00+00'
  );
  execute format('alter table notify_partition.%I enable row level security', p_name);
  execute format('alter table notify_partition.%I force row level security', p_name);
  -- as on the parent, from which a new partition doesn't take it: EXPLAIN tells no tenant what stands in another's rows
  execute (
    select format('alter table notify_partition.%I ', p_name) || string_agg(format('alter %I set statistics 0', a.attname), ', ')
    from pg_attribute as a
    where a.attrelid = format('notify_partition.%I', p_name)::regclass and a.attnum > 0
  );
  return 1;
exception
  when check_violation or lock_not_available then
    return 0;
end
$$;

alter function notify.make_partition(text, text, date) owner to notify_owner;
comment on function notify.make_partition(text, text, date) is 'Makes one daily partition; 0 when its rows stand in the default partition already.';
