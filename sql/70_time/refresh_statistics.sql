-- Analyzes a table of the hot path that has grown fourfold since anybody did. Without statistics the planner can't tell the primary
-- key from an index that only begins with the enterprise, and the plan it chose for an almost empty table is kept until the next
-- analyze; autovacuum looks once a minute, and a burst is over by then. Owned by notify_owner, who owns the tables.
create or replace function notify.refresh_statistics() returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_table regclass;
begin
  for v_table in
    select c.oid
    from pg_class as c
    where
      c.oid in ('notify.ent_notification'::regclass, 'notify.notification_delivery'::regclass)
      and pg_relation_size(c.oid) > 4 * greatest(c.relpages, 16) * current_setting('block_size')::bigint
  loop
    execute format('analyze (skip_locked) %s', v_table);
  end loop;
end
$$;

alter function notify.refresh_statistics() owner to notify_owner;
grant execute on function notify.refresh_statistics() to notify_engine;
comment on function notify.refresh_statistics() is 'Analyzes the tables of the hot path that grew fourfold since they were analyzed last; called by the tick.';
