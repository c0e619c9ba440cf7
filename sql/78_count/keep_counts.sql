-- Keeps the roll-ups of the views up, for at most about a tenth of a second; false: there is more to do. Called by the tick, which runs
-- one at a time. What is not counted yet is never missing from a view: it is counted there from the rows themselves.
create or replace function engine.keep_counts(p_now timestamptz) returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_end timestamptz := clock_timestamp() + interval '100 milliseconds';
  v_settled_at timestamptz := engine.settle_counts(p_now);
  v_day record;
  v_enterprise_id uuid;
begin
  perform engine.add_receipts();
  perform engine.add_latencies();
  for v_day in
    select distinct s.enterprise_id, s.day from notify.notification_daily_stale as s
  loop
    if clock_timestamp() > v_end then
      return false;
    end if;
    perform engine.recount_day(v_day.enterprise_id, v_day.day);
  end loop;
  for v_enterprise_id in
    select s.enterprise_id from notify.notification_daily_state as s where s.due_at <= p_now order by s.due_at
  loop
    loop
      if clock_timestamp() > v_end then
        return false;
      end if;
      exit when not engine.count_enterprise(v_enterprise_id, v_settled_at);
    end loop;
  end loop;
  return true;
end
$$;

alter function engine.keep_counts(timestamptz) owner to notify_engine;
comment on function engine.keep_counts(timestamptz) is 'Keeps the roll-ups of the views up; false: there is more to do.';
