-- The workflow as Novu is to have it: a step for each channel of the version, which passes on what was rendered here. Despite its
-- name, a skip rule that is true runs the step: it runs when the payload has its channel. What in-app templates have as extras is
-- passed on as well; that part was not tried on a running Novu.
create or replace function engine.pass_through(p_name text, p_description text, p_tags text[], p_bundle jsonb)
returns jsonb
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select jsonb_build_object(
    'name', p_name,
    'description', coalesce(p_description, ''),
    'tags', to_jsonb(p_tags),
    'active', true,
    'validatePayload', false,
    'steps', coalesce(jsonb_agg(jsonb_build_object(
      'name', c.name,
      'type', c.type,
      'controlValues',
      case when c.has_subject then jsonb_build_object('subject', '{{payload.' || c.type || '.subject}}') else '{}' end
      || jsonb_build_object('body', '{{payload.' || c.type || '.body}}')
      || case when c.is_html then '{"disableOutputSanitization": true}'::jsonb else '{}' end
      || case when c.type = 'email' then '{"editorType": "html"}'::jsonb else '{}' end
      || case when c.channel = 'IN_APP' then engine.in_app_extras(p_bundle) else '{}' end
      || jsonb_build_object('skip', jsonb_build_object('!!', jsonb_build_array(jsonb_build_object('var', 'payload.' || c.type))))
    ) order by c.place), '[]')
  )
  from engine.channel_steps(p_bundle) as c
$$;

alter function engine.pass_through(text, text, text[], jsonb) owner to notify_engine;
comment on function engine.pass_through(text, text, text[], jsonb) is 'A workflow as Novu is to have it, but for its identifier.';
