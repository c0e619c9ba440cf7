-- One call of Novu's at the bridge of a target, whose signature was checked where the secret key is. p_target: null for a health-check without
-- one, which then counts nothing; p_body: the raw body of a POST.
create or replace function http_v1.bridge(
  p_target text,
  p_method text,
  p_action text,
  p_workflow_id text,
  p_step_id text,
  p_body text
) returns http_v1.answer
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_event jsonb;
begin
  if p_method = 'GET' then
    return case p_action
      when 'health-check' then (200, null, engine.describe_bridge(p_target)::text)::http_v1.answer
      when 'discover' then (200, null, engine.discover_workflows(p_target)::text)::http_v1.answer
      when 'code' then (200, null, '{"code": ""}')::http_v1.answer
      else engine.bridge_error(400, 'InvalidActionError', format(
        'Invalid query string: `action`=`%s`. Please use one of `discover`, `health-check`, `code`', coalesce(p_action, '')
      ))
    end;
  elsif p_method = 'OPTIONS' then
    return (200, null, '{}')::http_v1.answer;
  elsif p_method <> 'POST' then
    return (
      405, '{"Allow": "GET, POST, OPTIONS"}',
      (engine.bridge_error(405, 'MethodNotAllowedError', 'Method not allowed. Please use one of `POST`, `GET`, `OPTIONS`')).body
    )::http_v1.answer;
  elsif coalesce(p_action, '') not in ('execute', 'preview') then
    return engine.bridge_error(400, 'InvalidActionError', format(
      'Invalid query string: `action`=`%s`. Please use one of `execute`, `preview`', coalesce(p_action, '')
    ));
  end if;
  begin
    v_event := p_body::jsonb;
  exception
    when data_exception or program_limit_exceeded then
      v_event := null;
  end;
  if coalesce(jsonb_typeof(v_event), '') <> 'object' then
    return engine.bridge_error(400, 'ExecutionEventPayloadInvalidError', 'The body is not the JSON of an object.');
  elsif p_action = 'preview' then
    return engine.preview_step(p_target, p_workflow_id, p_step_id, v_event);
  end if;
  return engine.execute_step(p_target, p_workflow_id, p_step_id, v_event);
end
$$;

alter function http_v1.bridge(text, text, text, text, text, text) owner to notify_engine;
grant execute on function http_v1.bridge(text, text, text, text, text, text) to notify_http;
comment on function http_v1.bridge(text, text, text, text, text, text) is
'Answers one call of Novu''s to the bridge of a target: status and body.';
