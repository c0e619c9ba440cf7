-- All that time makes happen. Called about once a second by every worker; one runs at a time, the others return at once.
-- The planner's settings: a plan that was cached while the tables were small must not scan them when they are large.
create or replace function worker_v1.tick() returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
as $$
declare
  v_rescued integer;
  v_admitted integer;
  v_made integer;
begin
  if not pg_try_advisory_xact_lock(1482640949, 0) then
    return '{"ran": false}';
  end if;
  v_rescued := engine.rescue_claims();

  -- The critical lane's queue may never be empty under a storm of alarms: what waits there is admitted beside it.
  perform engine.lock_lane('critical');
  v_admitted := engine.admit('critical');
  if v_rescued + v_admitted > 0 then
    perform engine.wake_workers(array['critical', 'normal', 'bulk']);
  end if;
  v_made := notify.make_partitions();
  return jsonb_build_object('ran', true, 'rescued', v_rescued, 'admitted', v_admitted, 'partitions', v_made);
end
$$;

alter function worker_v1.tick() owner to notify_engine;
grant execute on function worker_v1.tick() to notify_worker;
comment on function worker_v1.tick() is
'All that time makes happen: rescues run-out leases, admits what waits on the critical lane, makes partitions. Cheap when nothing is due; returns what it did.';
