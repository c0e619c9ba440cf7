-- Drops one daily partition. Owned by notify_owner, who owns the tables. The parent is locked for an instant; behind a long query
-- that would hold up the workers, so it gives up soon and the next tick tries again.
create or replace function notify.drop_partition(p_table text, p_name text) returns integer
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '200ms'
as $$
begin
  if p_name <> all(notify.partitions_before(p_table, (notify.now() at time zone 'UTC')::date)) then
    return 0; -- only what is past is dropped
  end if;
  execute format('drop table notify_partition.%I', p_name);
  return 1;
exception
  when lock_not_available then
    return 0;
end
$$;

alter function notify.drop_partition(text, text) owner to notify_owner;
grant execute on function notify.drop_partition(text, text) to notify_engine;
comment on function notify.drop_partition(text, text) is 'Drops a daily partition of the past; 0: not now, or it is none.';
