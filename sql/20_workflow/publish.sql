-- Makes a version of a workflow: pins the workflow and every template that it needs, and renders new notifications with it from
-- now on. Refuses, naming template and line, what could not be rendered. Owned by notify_owner, to whom the policies apply: it
-- reaches the workflows of the enterprise in the context, and for an admin without a context the shared ones.
create or replace function notify.publish(p_workflow_key text, p_note text default null) returns integer
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_workflow notify.ent_notification_workflow := notify.lock_workflow(p_workflow_key, 'publish');
  v_version notify.notification_workflow_version;
  v_is_critical boolean := exists (
    select from notify.typ_notification_priority as p where p.priority = v_workflow.priority and p.lane = 'critical'
  );
  v_is_listed boolean := exists (
    select
    from notify.notification_critical_workflow as c
    where c.enterprise_id = v_workflow.enterprise_id and c.workflow_id = v_workflow.id
  );
begin
  -- a statement of its own: the templates as they are once the lock is held, not as they were when it was waited for
  v_version := notify.draft_version(v_workflow);
  if v_workflow.deactivated then
    perform notify.raise_warning(
      format('workflow %L is deactivated: nothing goes out by this version', p_workflow_key),
      'update notify.ent_notification_workflow set deactivated = false switches it on.'
    );
  end if;
  if (v_is_critical or v_is_listed) and v_version.fallback_text is null then
    perform notify.raise_error(
      'XN112',
      format('workflow %L can''t be published: it may use the critical lane, and has no fallback_text', p_workflow_key),
      'Set fallback_text in notify.ent_notification_workflow to what is to go out where a template fails: plain text of up to 1,000 characters.'
    );
  elsif v_is_critical and not v_is_listed then
    perform notify.raise_warning(
      format('workflow %L is %s, but may not use the critical lane: it goes in the lane normal', p_workflow_key, v_workflow.priority),
      'An admin lists it in notify.notification_critical_workflow.'
    );
  end if;
  v_version.note := p_note;
  return notify.add_version(p_workflow_key, v_version);
end
$$;

alter function notify.publish(text, text) owner to notify_owner;
grant execute on function notify.publish(text, text) to notify_manager, notify_admin;
comment on function notify.publish(text, text) is
'Publishes a workflow with every template that it needs, and returns the number of the new version: select notify.publish(''fire-alarm'', ''new assembly point''). For the enterprise in the context; an admin without a context publishes a shared workflow.';
