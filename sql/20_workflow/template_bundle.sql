-- One channel's part of a bundle: a template and all that it includes. As the entry of a workflow's channel it is checked
-- against that workflow's payload schema; by itself it has no channel.
create or replace function notify.template_bundle(
  p_enterprise_id uuid,
  p_channel_type text,
  p_template_key text,
  p_workflow notify.ent_notification_workflow default null
) returns json
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select json_build_object(
    'templates', coalesce(json_object_agg(
      concat_ws('@', p_channel_type || '/' || t.template_key, nullif(t.locale, '')),
      json_build_object('subject', t.subject_template, 'body', t.body_template, 'extras', t.extras)
    ), '{}'),
    'channels', case when p_workflow is distinct from null then json_build_object(p_channel_type, p_template_key) else '{}' end,
    'payload_schema', p_workflow.payload_schema
  )
  from notify.collect_templates(p_enterprise_id, p_channel_type, p_template_key) as t
$$;

alter function notify.template_bundle(uuid, text, text, notify.ent_notification_workflow) owner to notify_owner;
comment on function notify.template_bundle(uuid, text, text, notify.ent_notification_workflow) is
'A template and all that it includes, as a bundle to check.';
