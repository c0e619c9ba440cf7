-- Whether a notification goes in the critical lane: asked for those only that would be refused otherwise. The same rule as in
-- engine.accept_notifications, which decides for all at once. The HTTP face asks it, too, before it refuses.
create or replace function engine.is_critical(
  p_enterprise_id uuid,
  p_workflow_key text,
  p_workflow_enterprise_id uuid,
  p_workflow_id uuid,
  p_priority text
) returns boolean
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select exists (
    select
    from notify.find_workflow(p_enterprise_id, p_workflow_key, p_workflow_enterprise_id, p_workflow_id) as w
    inner join notify.notification_workflow_version as v
      on w.enterprise_id = v.enterprise_id and w.id = v.workflow_id and w.published_version = v.version
    inner join notify.notification_critical_workflow as c on w.enterprise_id = c.enterprise_id and w.id = c.workflow_id
    inner join notify.typ_notification_priority as p on coalesce(p_priority, v.priority) = p.priority
    where p.lane = 'critical'
  )
$$;

alter function engine.is_critical(uuid, text, uuid, uuid, text) owner to notify_engine;
grant execute on function engine.is_critical(uuid, text, uuid, uuid, text) to notify_owner;
comment on function engine.is_critical(uuid, text, uuid, uuid, text) is 'Whether a notification goes in the critical lane.';
