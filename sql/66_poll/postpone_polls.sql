-- Has the polls of this worker wait for which a target has no tokens: all but p_paid of them. They lose their turn, and are asked when
-- sends leave something.
create or replace function engine.postpone_polls(
  p_worker text,
  p_limit notify.notification_target_limit,
  p_paid integer
) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  update notify.notification_poll as p
  set claimed_by = null, is_chosen = false, due_at = notify.now()
  where p.is_chosen and (p.enterprise_id, p.poll_id) in (
    select w.enterprise_id, w.poll_id
    from notify.notification_poll as w
    where w.is_chosen and w.claimed_by = p_worker and not w.is_handed_over and w.target = p_limit.target
    order by array_position(array['critical', 'normal', 'bulk'], w.lane), w.poll_id
    offset p_paid
  );
end
$$;

alter function engine.postpone_polls(text, notify.notification_target_limit, integer) owner to notify_engine;
comment on function engine.postpone_polls(text, notify.notification_target_limit, integer) is
'Has polls wait for which a target has no tokens.';
