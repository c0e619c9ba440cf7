-- The workflow of a row as Novu is to have it; null when its version is gone.
create or replace function engine.wanted_workflow(p_sync notify.notification_sync) returns jsonb
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select engine.pass_through(v.name, v.description, v.tags, v.bundle::jsonb)
  from notify.ent_notification_workflow as w
  inner join notify.notification_workflow_version as v on w.enterprise_id = v.enterprise_id and w.id = v.workflow_id
  where
    w.enterprise_id = p_sync.workflow_enterprise_id
    and w.workflow_key = p_sync.workflow_key
    and v.version = p_sync.wanted_version
$$;

alter function engine.wanted_workflow(notify.notification_sync) owner to notify_engine;
comment on function engine.wanted_workflow(notify.notification_sync) is 'The workflow of a row of notify.notification_sync as Novu is to have it.';
