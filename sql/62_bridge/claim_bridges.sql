-- Leases the targets whose Novu is to discover anew to a worker, and returns how many. The lease is due_at: what is never reported is
-- due again a second after it ended. Waits for no row that an admin holds in an open transaction.
create or replace function engine.claim_bridges(p_worker text, p_lease interval) returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_count integer;
begin
  with due as (
    select b.target
    from notify.notification_bridge as b
    where b.due_at <= notify.now()
    order by b.target
    limit 20
    for update skip locked
  )
  update notify.notification_bridge as b
  set
    claimed_by = p_worker,
    asked_at = null,
    attempt = b.attempt + 1,
    due_at = notify.now() + p_lease + interval '1 second'
  from due as d
  where b.target = d.target;
  get diagnostics v_count = row_count;
  return v_count;
end
$$;

alter function engine.claim_bridges(text, interval) owner to notify_engine;
comment on function engine.claim_bridges(text, interval) is 'Leases targets whose Novu is to discover anew to a worker, and returns how many.';
