-- All that time makes happen. Called about once a second by every worker; one runs at a time, the others return at once.
-- A lease that ran out is rescued one second later, so that a request which began in time is surely over.
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
  v_claim notify.notification_claim;
  v_rescued integer := 0;
  v_admitted integer := 0;
  v_made integer;
begin
  if not pg_try_advisory_xact_lock(1482640949, 0) then
    return '{"ran": false}';
  end if;
  for v_claim in
    select c.*
    from notify.notification_claim as c
    where c.leased_until < notify.now() - interval '1 second'
    order by c.claim_id
    limit 20
    for update skip locked
  loop
    perform engine.rescue_claim(v_claim);
    v_rescued := v_rescued + 1;
  end loop;

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
