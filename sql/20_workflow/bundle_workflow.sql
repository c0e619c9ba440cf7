-- All that rendering a workflow needs, as one JSON document: {"templates": {"EMAIL/key": {"subject", "body"}, "EMAIL/key@da": …},
-- "channels": {"EMAIL": "key"}, "payload_schema"}. A channel's template has the workflow's key unless template_overrides names another,
-- and a channel is there when that template has a default variant.
create or replace function notify.bundle_workflow(p_workflow notify.ent_notification_workflow) returns json
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  with entry as (
    select c.channel_type, coalesce(p_workflow.template_overrides ->> c.channel_type, p_workflow.workflow_key) as template_key
    from unnest(array['CHAT', 'EMAIL', 'IN_APP', 'PUSH', 'SMS']) as c (channel_type)
  ),
  needed as (
    select
      e.channel_type, e.template_key as entry_key, t.template_key, t.locale,
      concat_ws('@', e.channel_type || '/' || t.template_key, nullif(t.locale, '')) as name,
      case
        when t.extras = '{}' then json_build_object('subject', t.subject_template, 'body', t.body_template)
        else json_build_object('subject', t.subject_template, 'body', t.body_template, 'extras', t.extras)
      end as template
    from entry as e
    cross join lateral notify.collect_templates(p_workflow.enterprise_id, e.channel_type, e.template_key) as t
  )
  select json_build_object(
    'templates', coalesce(json_object_agg(n.name, n.template order by n.name collate "C"), '{}'),
    'channels', coalesce(
      json_object_agg(n.channel_type, n.template_key order by n.channel_type)
        filter (where n.template_key = n.entry_key and n.locale = ''),
      '{}'
    ),
    'payload_schema', p_workflow.payload_schema
  )
  from needed as n
$$;

alter function notify.bundle_workflow(notify.ent_notification_workflow) owner to notify_owner;
comment on function notify.bundle_workflow(notify.ent_notification_workflow) is
'The templates and the payload schema of a workflow as one document, the form in which a version keeps them.';
