-- preview: what a step would say, for who looks at the workflow in Novu: rendered from the published version with the event's payload as
-- its values, with a visible placeholder for each that is missing. Nothing is written, and nothing that was sent is shown.
create or replace function engine.preview_step(p_target text, p_workflow_id text, p_step_id text, p_event jsonb)
returns http_v1.answer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_version notify.notification_workflow_version;
  v_channel text;
  v_payload jsonb := case jsonb_typeof(p_event -> 'payload') when 'object' then p_event -> 'payload' else '{}' end;
  v_seen record;
begin
  select (w.version).* into v_version from engine.bridge_workflows(p_target) as w where w.novu_workflow_id = p_workflow_id;
  if not found then
    return engine.bridge_error(
      404, 'WorkflowNotFoundError',
      format('Workflow with id: `%s` does not exist. Please provide a valid id.', coalesce(p_workflow_id, ''))
    );
  end if;
  select c.channel into v_channel from engine.channel_steps(v_version.bundle::jsonb) as c where c.type = p_step_id;
  if not found then
    return engine.bridge_error(
      404, 'StepNotFoundError', format('Step with id: `%s` does not exist in this workflow.', coalesce(p_step_id, ''))
    );
  end if;
  select r.content::json as content, r.error::json as error into v_seen
  from template.render_batch(
    array[v_version.bundle_hash], array[v_version.bundle::text], array[1], array[(v_payload - 'delivery')::text],
    array[engine.preview_context(v_version, v_channel)::text], array[v_channel], 250
  ) as r;
  if v_seen.content is null then
    return engine.bridge_error(
      502, 'StepExecutionFailedError', coalesce(v_seen.error ->> 'message', 'It can''t be rendered in the time there is.')
    );
  end if;
  return engine.step_output(engine.bridge_outputs(p_step_id, v_seen.content -> p_step_id));
end
$$;

alter function engine.preview_step(text, text, text, jsonb) owner to notify_engine;
comment on function engine.preview_step(text, text, text, jsonb) is 'What a step of a published workflow would say with these values.';
