-- execute: the content of the delivery that the event's payload names, for one step and one of its recipients. A channel that the
-- notification does not go out on is skipped; so is everything once it was retracted or expired, however long Novu held it back. What
-- is not there and what is not this target's get the same answer.
create or replace function engine.execute_step(p_target text, p_workflow_id text, p_step_id text, p_event jsonb)
returns http_v1.answer
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_key engine.delivery_key := engine.read_delivery_id(p_target, p_event #>> '{payload,delivery}');
  v_found record;
begin
  select
    n.notification_status = 'RETRACTED' or coalesce(n.expires_at <= notify.now(), false) as is_over,
    notify.novu_workflow_id(w.enterprise_id, w.workflow_key) as novu_workflow_id,
    c.content,
    p_event #>> '{subscriber,subscriberId}' = any(
      select case when coalesce(t.has_plain_ids, false) then '' else d.enterprise_id::text || ':' end || r::text
      from unnest(d.recipients) as r
    ) as is_recipient
  into v_found
  from notify.notification_delivery as d
  inner join notify.ent_notification as n on d.enterprise_id = n.enterprise_id and d.notification_id = n.id
  left join notify.notification_target as t on d.enterprise_id = t.enterprise_id and t.target = p_target
  left join lateral (
    select c.*
    from notify.notification_content as c
    where
      c.enterprise_id = d.enterprise_id
      and c.notification_id = d.notification_id
      and c.variant = engine.variant_of(d.payload, d.recipients)
      and c.rendered_at = n.rendered_at
    offset 0
  ) as c on true
  left join notify.ent_notification_workflow as w on c.workflow_enterprise_id = w.enterprise_id and c.workflow_id = w.id
  where
    d.enterprise_id = v_key.enterprise_id
    and d.notification_id = v_key.notification_id
    and d.number = v_key.number
    and coalesce(d.target, 'default') = p_target;

  if not found then
    return engine.bridge_error(
      400, 'ExecutionEventPayloadInvalidError',
      'payload.delivery is not the id of a delivery to this target: only XNovu itself triggers these workflows.'
    );
  elsif not coalesce(v_found.is_recipient, false) then
    return engine.bridge_error(
      400, 'ExecutionEventPayloadInvalidError', 'subscriber.subscriberId is none of this delivery''s recipients.'
    );
  elsif v_found.is_over then
    return engine.step_output(null);
  elsif v_found.content is null then
    return engine.bridge_error(
      502, 'StepExecutionFailedError', 'What was rendered for this delivery is kept no longer.'
    );
  elsif v_found.novu_workflow_id is distinct from p_workflow_id then
    return engine.bridge_error(
      404, 'WorkflowNotFoundError', format('Workflow with id: `%s` is not that of this delivery.', coalesce(p_workflow_id, ''))
    );
  elsif p_step_id is null or p_step_id not in ('in_app', 'email', 'sms', 'push', 'chat') then
    return engine.bridge_error(
      404, 'StepNotFoundError', format('Step with id: `%s` does not exist in this workflow.', coalesce(p_step_id, ''))
    );
  end if;
  return engine.step_output(engine.bridge_outputs(p_step_id, v_found.content -> p_step_id));
end
$$;

alter function engine.execute_step(text, text, text, jsonb) owner to notify_engine;
comment on function engine.execute_step(text, text, text, jsonb) is 'A step''s content for the delivery that Novu executes.';
