-- The workflows that a target in bridge mode has, by the versions that are published: on an enterprise's own target its own and the
-- shared ones; on the default target the shared ones and those of every enterprise without a target of its own.
create or replace function engine.bridge_workflows(p_target text)
returns table (novu_workflow_id text, version notify.notification_workflow_version)
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select notify.novu_workflow_id(w.enterprise_id, w.workflow_key), v
  from notify.ent_notification_workflow as w
  inner join notify.notification_workflow_version as v
    on w.enterprise_id = v.enterprise_id and w.id = v.workflow_id and w.published_version = v.version
  where
    not w.deactivated
    and exists (select from notify.notification_bridge as b where b.target = p_target)
    and case
      when p_target <> 'default' then exists (
        select
        from notify.notification_target as t
        where t.target = p_target and w.enterprise_id in (t.enterprise_id, '00000000-0000-0000-0000-000000000000')
      )
      else not exists (select from notify.notification_target as t where t.enterprise_id = w.enterprise_id)
    end
$$;

alter function engine.bridge_workflows(text) owner to notify_engine;
comment on function engine.bridge_workflows(text) is 'The published workflows that a target in bridge mode has.';
