-- Takes leases: pops work of one lane, counts the attempt and writes the claim. Committed before anything is rendered, so that a
-- rendering which kills its backend is found out. Called by a worker, with worker_v1.render after it in the same message. Errands come
-- with the deliveries: they are few, and neither waits for the other, whatever keeps the lane busy for hours.
-- The planner's settings: a plan that was cached while the tables were small must not scan them when they are large.
create or replace function worker_v1.claim(
  p_worker text,
  p_lane text,
  p_max integer default 100,
  p_lease interval default '60 seconds'
) returns integer
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
  v_now timestamptz := notify.now();
  v_claim_id bigint;
  v_errands integer;
  v_keys engine.delivery_key[] := '{}';
  v_is_held boolean := engine.is_anything_held();
begin
  perform engine.check_isolation();
  perform engine.check_claim(p_worker, p_lane, p_max, p_lease);
  v_errands := engine.claim_errands(p_worker, p_lane, p_lease, v_is_held);
  if not (v_is_held and exists (select from notify.notification_pause as p where p.kind = 'LANE' and p.name = p_lane)) then
    v_claim_id := nextval('notify.notification_claim_claim_id_seq');
    -- a bounded number of rounds: what is held back or finished by now may be much
    for v_round in 1..50 loop
      v_keys := engine.take_deliveries(p_lane, p_max);
      exit when cardinality(v_keys) = 0;
      if v_is_held then
        v_keys := engine.hold_back(p_lane, v_keys);
      end if;
      v_keys := engine.lease_deliveries(v_claim_id, p_lane, v_keys);
      exit when cardinality(v_keys) > 0; -- else: hints at what is finished by now, or held back
    end loop;
  end if;
  if v_errands + cardinality(v_keys) > 0 then
    -- its row is locked after the lane's: two slots of a worker must not wait for each other
    perform engine.end_idleness(p_worker, p_lane);
  end if;
  if cardinality(v_keys) > 0 then
    insert into notify.notification_claim (claim_id, worker, lane, claimed_at, leased_until, open_count, keys)
    values (v_claim_id, p_worker, p_lane, v_now, v_now + p_lease, cardinality(v_keys), v_keys);
  end if;
  return v_errands + cardinality(v_keys);
end
$$;

alter function worker_v1.claim(text, text, integer, interval) owner to notify_engine;
grant execute on function worker_v1.claim(text, text, integer, interval) to notify_worker;
comment on function worker_v1.claim(text, text, integer, interval) is
'Leases about p_max deliveries of a lane to a worker, and with them some errands (cancellations; on the lanes normal and bulk, receipt polls; on the bulk lane, requests about workflows), and returns how many; 0: nothing to do. Commit it before calling worker_v1.render.';
