-- What is wrong with templates of a channel as they are stored, and with those that include them: each by itself, and within each workflow
-- whose draft uses it, whose payload schema says which variables there are. One object a problem, errors first.
create or replace function notify.find_problems(p_enterprise_id uuid, p_channel_type text, p_keys text[])
returns setof jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_keys text[] := notify.find_including(p_enterprise_id, p_channel_type, p_keys);
  v_bundle json;
  v_bundles json[] := '{}';
  v_seen text[] := '{}';
  v_used text[];
  v_workflow notify.ent_notification_workflow;
  v_key text;
begin
  for v_workflow in
    select w.*
    from notify.ent_notification_workflow as w
    where
      w.enterprise_id = p_enterprise_id
      and coalesce(w.template_overrides ->> p_channel_type, w.workflow_key) = any(v_keys)
  loop
    v_bundle := notify.template_bundle(
      p_enterprise_id, p_channel_type,
      coalesce(v_workflow.template_overrides ->> p_channel_type, v_workflow.workflow_key), v_workflow
    );
    v_bundles := v_bundles || v_bundle;
    v_seen := v_seen || array(
      select split_part(split_part(n.name, '@', 1), '/', 2) from json_object_keys(v_bundle -> 'templates') as n (name)
    );
  end loop;
  v_used := v_seen;
  foreach v_key in array v_keys loop
    if v_key <> all(v_seen) then
      v_bundle := notify.template_bundle(p_enterprise_id, p_channel_type, v_key);
      v_bundles := v_bundles || v_bundle;
      v_seen := v_seen || array(
        select split_part(split_part(n.name, '@', 1), '/', 2) from json_object_keys(v_bundle -> 'templates') as n (name)
      );
    end if;
  end loop;
  return query
  with checked as (
    select p.value as problem
    from unnest(v_bundles) as b
    cross join lateral jsonb_array_elements(template.check_bundle(notify.check_text(p_enterprise_id, b))) as p
    union
    select p.value
    from notify.ent_notification_template as t
    cross join lateral jsonb_array_elements(template.check_template(json_build_object(
      'channel', t.channel_type, 'key', t.template_key, 'locale', t.locale, 'subject', t.subject_template,
      'body', t.body_template, 'extras', t.extras, 'variables_description', t.variables_description
    ))) as p
    where
      t.enterprise_id = p_enterprise_id
      and t.channel_type = p_channel_type
      and t.template_key = any(p_keys)
      -- where a workflow uses it, its schema declares variables too, and the check of the bundle knows both
      and (p.value ->> 'code' <> 'variable_undeclared' or t.template_key <> all(v_used))
  )
  select c.problem
  from checked as c
  where split_part(split_part(c.problem ->> 'template', '@', 1), '/', 2) = any(v_keys)
  order by c.problem ->> 'severity', c.problem ->> 'message';
end
$$;

alter function notify.find_problems(uuid, text, text[]) owner to notify_owner;
comment on function notify.find_problems(uuid, text, text[]) is 'What is wrong with templates and with those that include them.';
