-- Why a delivery that is open has not gone out yet: in a worker's hands, queued, or waiting, and for what.
create or replace function engine.explain_wait(
  p_delivery notify.notification_delivery,
  p_notification notify.ent_notification,
  out verdict text,
  out sentence text,
  out at timestamptz
)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_target text := coalesce(
    (select t.target from notify.notification_target as t where t.enterprise_id = p_delivery.enterprise_id), 'default'
  );
  v_claim notify.notification_claim;
  v_pause notify.notification_pause;
  v_breaker notify.notification_target_state;
begin
  at := p_delivery.due_at;
  select p.* into v_pause
  from notify.notification_pause as p
  where
    (p.kind = 'ENTERPRISE' and p.enterprise_id = p_delivery.enterprise_id)
    or (p.kind = 'TARGET' and p.name = v_target)
    or (p.kind = 'LANE' and p.name = p_delivery.lane)
    or (
      p.kind = 'WORKFLOW'
      and p.name = p_notification.workflow_key
      and p.enterprise_id = (
        select w.enterprise_id
        from notify.find_workflow(
          p_notification.enterprise_id, p_notification.workflow_key, p_notification.workflow_enterprise_id,
          p_notification.workflow_id
        ) as w
      )
    )
  order by p.paused_at
  limit 1;
  select s.* into v_breaker
  from notify.notification_target_state as s
  where s.target = v_target and s.open_until > notify.now();
  if p_delivery.claim_id is not null then
    select c.* into v_claim from notify.notification_claim as c where c.claim_id = p_delivery.claim_id;
    verdict := 'IN_HAND';
    at := v_claim.claimed_at;
    sentence := format('worker %s has it in hand, attempt %s, until %s at most', v_claim.worker, p_delivery.attempt, v_claim.leased_until);
  elsif p_delivery.due_at = engine.paused_until() or (v_pause.kind is not null and p_delivery.due_at is distinct from p_notification.scheduled_for) then
    verdict := 'PAUSED';
    at := v_pause.paused_at;
    sentence := coalesce(format('its %s is paused', lower(v_pause.kind)), 'it is held back until it is resumed'); -- why is an admin's
  elsif p_delivery.due_at > notify.now() and p_delivery.error_details is not null then
    verdict := 'RETRYING';
    sentence := format('attempt %s failed (%s); the next is due at %s', p_delivery.attempt, p_delivery.error_details ->> 'message', at);
  elsif p_delivery.due_at > notify.now() and p_delivery.attempt = 0 and p_notification.scheduled_for >= p_delivery.due_at then
    verdict := 'SCHEDULED';
    sentence := format('it is scheduled for %s', at);
  elsif v_breaker.target is not null and p_delivery.lane <> 'critical' then
    verdict := 'LIMITED';
    at := v_breaker.open_until;
    sentence := format('its target is not called before %s, since calls failed: %s', at, v_breaker.last_verdict);
  elsif p_delivery.due_at > notify.now() then
    verdict := 'LIMITED';
    sentence := format('it waits for its target''s rate limit until %s', at);
  elsif p_delivery.due_at is not null and p_delivery.lane <> 'critical' and engine.allowance(p_delivery.enterprise_id) <= 0 then
    verdict := 'LIMITED';
    sentence := 'its enterprise''s limit of recipients a minute is used up';
  elsif p_delivery.due_at is not null then
    verdict := 'WAITING';
    sentence := format('it waits for its enterprise''s turn on the lane %s', p_delivery.lane);
  else
    verdict := 'QUEUED';
    sentence := format('it is in the queue of the lane %s, for the next free worker', p_delivery.lane);
  end if;
end
$$;

alter function engine.explain_wait(notify.notification_delivery, notify.ent_notification) owner to notify_engine;
comment on function engine.explain_wait(notify.notification_delivery, notify.ent_notification) is 'Why an open delivery has not gone out yet.';
