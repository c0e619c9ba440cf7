-- Leases up to 20 workflows about which Novu is to be asked something, and returns how many. The lease is due_at: what is never
-- reported is due again a second after it ended. What may have reached Novu then is not sent again: first a look. Waits for no row
-- that a publish in an open transaction holds.
create or replace function engine.claim_syncs(p_worker text, p_lease interval) returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_now timestamptz := notify.now();
  v_count integer;
begin
  with due as (
    select s.enterprise_id, s.workflow_enterprise_id, s.workflow_key, s.target
    from notify.notification_sync as s
    where s.due_at <= v_now
    order by s.due_at
    limit 20
    for update skip locked
  )
  update notify.notification_sync as s
  set
    step = case when s.claimed_by is not null and s.step <> 'REMOVE' then 'LOOK' else s.step end,
    claimed_by = p_worker,
    is_handed_over = false,
    attempt = s.attempt + 1,
    due_at = v_now + p_lease + interval '1 second'
  from due as d
  where
    s.enterprise_id = d.enterprise_id
    and s.workflow_enterprise_id = d.workflow_enterprise_id
    and s.workflow_key = d.workflow_key
    and s.target = d.target;
  get diagnostics v_count = row_count;
  return v_count;
end
$$;

alter function engine.claim_syncs(text, interval) owner to notify_engine;
comment on function engine.claim_syncs(text, interval) is 'Leases workflows about which Novu is to be asked something to a worker, and returns how many.';
