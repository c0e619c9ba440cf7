-- Has the cancellations of this worker wait for which a target has no tokens: all but p_paid of them, each until there is one for it.
create or replace function engine.postpone_cancellations(
  p_worker text,
  p_limit notify.notification_target_limit,
  p_paid integer
) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  update notify.notification_cancellation as c
  set
    claimed_by = null,
    due_at = notify.now() + interval '1 second' * (u.place / p_limit.tokens_per_second::double precision)
  from (
    select
      w.enterprise_id, w.notification_id, w.transaction_id,
      row_number() over (order by w.requested_at, w.transaction_id) as place
    from notify.notification_cancellation as w
    where w.claimed_by = p_worker and not w.is_handed_over and w.target = p_limit.target
  ) as u
  where
    u.place > p_paid
    and c.enterprise_id = u.enterprise_id
    and c.notification_id = u.notification_id
    and c.transaction_id = u.transaction_id;
end
$$;

alter function engine.postpone_cancellations(text, notify.notification_target_limit, integer) owner to notify_engine;
comment on function engine.postpone_cancellations(text, notify.notification_target_limit, integer) is
'Has cancellations wait for which a target has no tokens.';
