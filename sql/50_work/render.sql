-- Renders what this worker has just claimed and returns the requests to post. In a transaction after the claim's.
-- The planner's settings: a plan that was cached while the tables were small must not scan them when they are large.
create or replace function worker_v1.render(p_worker text)
returns table (
  request_id text,
  kind text,
  attempt integer,
  target text,
  batch text,
  deadline double precision,
  method text,
  path text,
  headers jsonb,
  body text
)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_claim notify.notification_claim;
  v_part notify.notification_claim;
  v_count integer;
begin
  perform engine.check_isolation();
  select c.* into v_claim
  from notify.notification_claim as c
  where c.worker = p_worker
  order by c.claim_id desc
  limit 1
  for update;
  if not found or v_claim.rendered_at is not null then
    perform engine.take_tokens(p_worker, null);
    return query select * from engine.build_errands(p_worker);
    return;
  end if;
  begin
    v_part := v_claim;
    v_part.keys := engine.lock_notifications(v_claim.keys);
    perform engine.postpone_locked(v_claim, v_part.keys);
    perform engine.render_claim(v_part);
  exception
    when
      data_exception or integrity_constraint_violation or program_limit_exceeded or external_routine_exception
      or external_routine_invocation_exception
      then
        perform engine.set_apart(v_claim, sqlstate); -- one of them can't be rendered at all: find it
  end;
  perform engine.release_unwanted(v_claim);
  perform engine.take_tokens(p_worker, v_claim);
  perform engine.return_allowance(v_claim);
  return query select * from engine.build_requests(v_claim);
  get diagnostics v_count = row_count;
  if v_count = 0 then
    delete from notify.notification_claim as c where c.claim_id = v_claim.claim_id;
  else
    update notify.notification_claim as c
    set rendered_at = notify.now(), open_count = v_count
    where c.claim_id = v_claim.claim_id;
  end if;
  perform engine.measure_claim(v_claim);
  return query select * from engine.build_errands(p_worker);
end
$$;

alter function worker_v1.render(text) owner to notify_engine;
grant execute on function worker_v1.render(text) to notify_worker;
comment on function worker_v1.render(text) is
'Renders what this worker has just claimed, and returns its HTTP requests: rows that share a batch go as one bulk; attempt goes back with the report; a POST may start until deadline seconds after the claim was sent.';
