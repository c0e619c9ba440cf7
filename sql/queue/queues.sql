-- The queue of each lane, tuned and granted: only the engine may touch schema pgmq. A message is a hint,
-- {"enterprise_id": …, "deliveries": [[notification_id, number], …], "alone": true}, popped in the claim's transaction. So the
-- queue is short and its rows short-lived: no index on vt (reads never use it, and it keeps updates from being HOT).
do $$
declare
  v_lane text;
begin
  foreach v_lane in array array['critical', 'normal', 'bulk'] loop
    if to_regclass('pgmq.q_' || v_lane) is null then
      perform pgmq.create(v_lane);
    end if;
    execute format('drop index if exists pgmq.%I', 'q_' || v_lane || '_vt_idx');
    execute format(
      'alter table pgmq.%I set (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000)',
      'q_' || v_lane
    );
    execute format('grant select, insert, update, delete on pgmq.%I to notify_engine', 'q_' || v_lane);
  end loop;
end
$$;

-- pgmq lets pg_monitor read the queues, which name enterprises and notifications; here nobody does.
revoke all on schema pgmq from public, pg_monitor;
revoke all on all tables in schema pgmq from pg_monitor;
revoke all on all sequences in schema pgmq from pg_monitor;
alter default privileges in schema pgmq revoke select on tables from pg_monitor;
alter default privileges in schema pgmq revoke select on sequences from pg_monitor;
revoke execute on all functions in schema pgmq from public;
grant usage on schema pgmq to notify_engine;
grant execute on all functions in schema pgmq to notify_engine;
