-- Up to when every notification is there that was created before: none of the transactions that were under way then is left that might
-- still commit an older one. Looks at locks, which everybody may see: each transaction holds one on its virtual id, from
-- its first statement's beginning; 10 seconds for a statement that began and did not come so far yet. A transaction that never ends
-- (idle, prepared) only has more counted from the rows themselves. Where the clock went back, what was counted since is counted anew.
create or replace function engine.settle_counts(p_now timestamptz) returns timestamptz
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_tick notify.notification_tick;
  v_running text[] := array(
    select l.virtualtransaction
    from pg_locks as l
    inner join pg_stat_activity as a on l.pid = a.pid
    where
      l.locktype = 'virtualxid'
      and l.virtualxid = l.virtualtransaction
      and a.datid = (select d.oid from pg_database as d where d.datname = current_database())
      and a.usesysid is not null -- vacuum writes nothing
      and l.pid <> pg_backend_pid()
    union all
    select x.transaction::text from pg_prepared_xacts as x where x.database = current_database()
  );
begin
  select t.* into v_tick from notify.notification_tick as t;
  if p_now < v_tick.settled_at then
    insert into notify.notification_daily_stale (enterprise_id, day)
    select s.enterprise_id, (p_now at time zone 'UTC')::date
    from notify.notification_daily_state as s
    where s.counted_until > p_now;
    update notify.notification_daily_state as s
    set counted_until = p_now, due_at = p_now
    where s.counted_until > p_now;
    v_tick.settled_at := p_now;
    v_tick.settling_at := p_now;
  end if;
  if not v_tick.settling_transactions && v_running then
    update notify.notification_tick as t
    set settled_at = v_tick.settling_at, settling_at = greatest(v_tick.settling_at, p_now - interval '10 seconds'), settling_transactions = v_running;
    return v_tick.settling_at;
  end if;
  update notify.notification_tick as t set settled_at = v_tick.settled_at, settling_at = v_tick.settling_at;
  return v_tick.settled_at;
end
$$;

alter function engine.settle_counts(timestamptz) owner to notify_engine;
comment on function engine.settle_counts(timestamptz) is 'Up to when every notification is there.';
