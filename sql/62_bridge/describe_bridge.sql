-- health-check: that the bridge is there, and how much it has to discover. The versions are those of the reference bridge that the tests
-- compare this one with.
create or replace function engine.describe_bridge(p_target text) returns json
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select json_build_object(
    'status', 'ok',
    'sdkVersion', '2.13.2',
    'frameworkVersion', '2024-06-26',
    'discovered', json_build_object(
      'workflows', count(*),
      'steps', coalesce(sum((select count(*) from json_object_keys((w.version).bundle -> 'channels'))), 0)
    )
  )
  from engine.bridge_workflows(p_target) as w
$$;

alter function engine.describe_bridge(text) owner to notify_engine;
comment on function engine.describe_bridge(text) is 'What the bridge of a target answers to a health-check.';
