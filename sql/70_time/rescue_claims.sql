-- Rescues the leases that ran out a second ago or longer, so that a request which began in time is surely over. Locks in the order
-- in which a report does, notifications before claims, and leaves a claim to the next tick when somebody holds a part of it.
create or replace function engine.rescue_claims() returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_last_moment timestamptz := notify.now() - interval '1 second';
  v_claim notify.notification_claim;
  v_claim_ids bigint[];
  v_keys engine.delivery_key[];
  v_rescued integer := 0;
begin
  select array_agg(distinct c.claim_id), array_agg(k)
  into v_claim_ids, v_keys
  from (
    select e.claim_id, e.keys
    from notify.notification_claim as e
    where e.leased_until < v_last_moment
    order by e.claim_id
    limit 20
  ) as c
  cross join unnest(c.keys) as k;
  if v_claim_ids is null then
    return 0;
  end if;
  v_keys := engine.lock_notifications(v_keys);
  for v_claim in
    select c.*
    from notify.notification_claim as c
    where c.claim_id = any(v_claim_ids) and c.leased_until < v_last_moment and c.keys <@ v_keys
    order by c.claim_id
    for update skip locked
  loop
    perform engine.rescue_claim(v_claim);
    v_rescued := v_rescued + 1;
  end loop;
  return v_rescued;
end
$$;

alter function engine.rescue_claims() owner to notify_engine;
comment on function engine.rescue_claims() is 'Puts what run-out leases still hold back to work; returns how many claims.';
