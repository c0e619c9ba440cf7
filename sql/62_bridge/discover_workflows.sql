-- discover: the workflows that Novu is to have on a target. What a bridge sync does not find here, Novu deletes.
create or replace function engine.discover_workflows(p_target text) returns json
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select json_build_object('workflows', coalesce(
    json_agg(json_build_object(
      'workflowId', w.novu_workflow_id,
      'name', (w.version).name,
      'description', coalesce((w.version).description, ''),
      'severity', 'none',
      'tags', to_json((w.version).tags),
      'code', '',
      'preferences', '{"all": {"enabled": true, "readOnly": false}, "channels": {}}'::json,
      'payload', '{"schema": {"type": "object", "properties": {"delivery": {"type": "string"}}, "additionalProperties": true}}'::json,
      'controls', json_build_object('schema', engine.bridge_schema('{}', '{}')),
      'steps', engine.bridge_steps((w.version).bundle::jsonb)
    ) order by w.novu_workflow_id),
    '[]'
  ))
  from engine.bridge_workflows(p_target) as w
$$;

alter function engine.discover_workflows(text) owner to notify_engine;
comment on function engine.discover_workflows(text) is 'The workflows of a target in bridge mode, as Novu''s discover wants them.';
