-- Leases the targets that are to be asked whether they answer to a worker, and returns how many. The lease is due_at: what is never
-- reported is due again a second after it ended.
create or replace function engine.claim_probes(p_worker text, p_lease interval) returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_count integer;
begin
  with due as (
    select p.target
    from notify.notification_probe as p
    where p.due_at <= notify.now()
    order by p.target
    limit 20
    for update skip locked
  )
  update notify.notification_probe as p
  set
    claimed_by = p_worker,
    asked_at = null,
    attempt = p.attempt + 1,
    due_at = notify.now() + p_lease + interval '1 second'
  from due as d
  where p.target = d.target;
  get diagnostics v_count = row_count;
  return v_count;
end
$$;

alter function engine.claim_probes(text, interval) owner to notify_engine;
comment on function engine.claim_probes(text, interval) is 'Leases targets that are to be asked whether they answer to a worker, and returns how many.';
