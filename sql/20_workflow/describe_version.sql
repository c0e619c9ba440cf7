-- A version as one row for each of its parts, so that two versions can be compared with each other.
create or replace function notify.describe_version(p_version notify.notification_workflow_version)
returns table (part text, value text)
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select f.part, f.value
  from (
    values
      ('name', p_version.name),
      ('description', p_version.description),
      ('priority', p_version.priority),
      ('tags', p_version.tags::text),
      ('default_channels', p_version.default_channels::text),
      ('expires_after', p_version.expires_after::text),
      ('fallback_text', p_version.fallback_text),
      ('payload_schema', (p_version.bundle -> 'payload_schema')::jsonb::text)
  ) as f (part, value)
  union all
  select 'template of ' || c.key, c.value from json_each_text(p_version.bundle -> 'channels') as c
  union all
  select t.key || ' ' || f.key, f.value
  from json_each(p_version.bundle -> 'templates') as t
  cross join lateral json_each_text(t.value) as f
$$;

alter function notify.describe_version(notify.notification_workflow_version) owner to notify_owner;
comment on function notify.describe_version(notify.notification_workflow_version) is 'The parts of a version, a row each.';
