-- Leases up to 20 polls, of any lane, the critical one's first, to a worker that works on the lane normal or bulk, and returns how many: no
-- slot of the critical lane ever has one in hand. A paused target is not called, nor one whose breaker is open. The lease is due_at: what is
-- never reported is due again a second after it ended, and Novu may be asked twice.
create or replace function engine.claim_polls(p_worker text, p_lane text, p_lease interval, p_is_held boolean)
returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_count integer;
begin
  if p_lane = 'critical' or not exists (select from notify.notification_poll as p where p.is_chosen) then
    return 0; -- as nearly always
  end if;
  with due as (
    select p.enterprise_id, p.poll_id
    from notify.notification_poll as p
    where
      p.is_chosen
      and p.claimed_by is null
      and (
        not p_is_held
        or not exists (select from notify.notification_pause as h where h.kind = 'TARGET' and h.name = p.target)
        and not exists (
          select from notify.notification_target_state as s where s.target = p.target and s.open_until > notify.now()
        )
      )
    order by array_position(array['critical', 'normal', 'bulk'], p.lane), p.due_at desc
    limit 20
    for update skip locked
  )
  update notify.notification_poll as p
  set
    claimed_by = p_worker,
    is_handed_over = false,
    attempt = p.attempt + 1,
    due_at = notify.now() + p_lease + interval '1 second'
  from due as d
  where p.enterprise_id = d.enterprise_id and p.poll_id = d.poll_id;
  get diagnostics v_count = row_count;
  return v_count;
end
$$;

alter function engine.claim_polls(text, text, interval, boolean) owner to notify_engine;
comment on function engine.claim_polls(text, text, interval, boolean) is 'Leases polls to a worker, and returns how many.';
