-- What a template may know of the notification that a preview plays: the options, the locale and the settings of the enterprise.
create or replace function notify.preview_context(p_enterprise_id uuid, p_locale text, p_options jsonb) returns json
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select json_build_object(
    'id', '00000000-0000-0000-0000-000000000000',
    'enterprise_id', p_enterprise_id,
    'name', p_options -> 'name',
    'building', p_options -> 'building',
    'time_zone', p_options -> 'time_zone',
    'is_drill', coalesce((p_options ->> 'is_drill')::boolean, false),
    'priority', p_options -> 'priority',
    'created_at', notify.now(),
    'locale', notify.clean_locale(p_locale),
    'is_test', coalesce((p_options ->> 'is_test')::boolean, false),
    'settings', notify.describe_settings(s)
  )
  from (select p_enterprise_id as id) as e
  left join notify.notification_setting as s on e.id = s.enterprise_id
$$;

alter function notify.preview_context(uuid, text, jsonb) owner to notify_owner;
comment on function notify.preview_context(uuid, text, jsonb) is 'The context of a preview, as the template engine gets it.';
