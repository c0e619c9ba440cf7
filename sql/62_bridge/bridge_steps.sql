-- The steps of a workflow as discover tells them: what each gives (outputs) and what Novu makes of it (results). A step has no controls:
-- what it says is decided here.
create or replace function engine.bridge_steps(p_bundle jsonb) returns json
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(
    json_agg(json_build_object(
      'stepId', c.type,
      'type', c.type,
      'controls', json_build_object('schema', engine.bridge_schema('{}', '{}')),
      'outputs', json_build_object('schema', engine.bridge_schema(
        case when c.has_subject then '{"subject": {"type": "string"}}'::jsonb else '{}' end
        || '{"body": {"type": "string"}}'
        || case
          when c.channel = 'IN_APP' then
            '{
              "avatar": {"type": "string", "format": "uri"},
              "redirect": {
                "type": "object",
                "properties": {"url": {"type": "string"}, "target": {"type": "string"}},
                "required": ["url"],
                "additionalProperties": false
              }
            }'::jsonb
          else '{}'
        end,
        case when c.channel in ('EMAIL', 'PUSH') then array['subject', 'body'] else array['body'] end
      )),
      'results', json_build_object('schema', case
        when c.channel = 'IN_APP' then engine.bridge_schema(
          '{
            "seen": {"type": "boolean"},
            "read": {"type": "boolean"},
            "lastSeenDate": {"type": "string", "format": "date-time", "nullable": true},
            "lastReadDate": {"type": "string", "format": "date-time", "nullable": true}
          }',
          array['seen', 'read', 'lastSeenDate', 'lastReadDate']
        )
        else engine.bridge_schema('{}', '{}')
      end),
      'options', case when c.is_html then '{"disableOutputSanitization": true}'::json else '{}' end,
      'code', '',
      'providers', '[]'::json
    ) order by c.place),
    '[]'
  )
  from engine.channel_steps(p_bundle) as c
$$;

alter function engine.bridge_steps(jsonb) owner to notify_engine;
comment on function engine.bridge_steps(jsonb) is 'The steps of a workflow as discover tells them to Novu.';
