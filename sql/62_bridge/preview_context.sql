-- What a template may know of the notification that the bridge's preview plays: an emergency, since there what is missing becomes a
-- visible placeholder.
create or replace function engine.preview_context(p_version notify.notification_workflow_version, p_channel text)
returns json
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select json_build_object(
    'id', '00000000-0000-0000-0000-000000000000', 'enterprise_id', p_version.enterprise_id, 'name', p_version.name,
    'building', null, 'time_zone', null, 'is_drill', false, 'priority', p_version.priority, 'created_at', notify.now(),
    'locale', null, 'is_test', false, 'settings', notify.describe_settings(s),
    'emergency', json_build_object('fallback', notify.fallback_content(
      p_version.name, p_version.fallback_text, array[p_channel], false
    ), 'dropped', array[]::text[])
  )
  from (select p_version.enterprise_id as id) as e
  left join notify.notification_setting as s on e.id = s.enterprise_id
$$;

alter function engine.preview_context(notify.notification_workflow_version, text) owner to notify_engine;
comment on function engine.preview_context(notify.notification_workflow_version, text) is 'The context of a preview for the bridge.';
