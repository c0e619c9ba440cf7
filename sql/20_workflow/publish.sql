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
  v_version notify.notification_workflow_version := notify.draft_version(notify.lock_workflow(p_workflow_key, 'publish'));
begin
  v_version.note := p_note;
  return notify.add_version(p_workflow_key, v_version);
end
$$;

alter function notify.publish(text, text) owner to notify_owner;
grant execute on function notify.publish(text, text) to notify_manager, notify_admin;
comment on function notify.publish(text, text) is
'Publishes a workflow with every template that it needs, and returns the number of the new version: select notify.publish(''fire-alarm'', ''new assembly point''). For the enterprise in the context; an admin without a context publishes a shared workflow.';
