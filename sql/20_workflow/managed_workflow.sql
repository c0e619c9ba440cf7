-- The workflow with that key that the caller manages: of the enterprise in the context; for an admin without one, of what is shared.
create or replace function notify.managed_workflow(p_workflow_key text) returns notify.ent_notification_workflow
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_enterprise_id uuid := notify.managed_enterprise_id();
  v_workflow notify.ent_notification_workflow;
begin
  select * into v_workflow
  from notify.ent_notification_workflow as w
  where w.enterprise_id = v_enterprise_id and w.workflow_key = p_workflow_key;
  if not found then
    raise exception using
      errcode = 'XN101',
      message = format('there is no workflow with the key %L here', p_workflow_key),
      hint = 'select workflow_key, workflow_type from notify.ent_notification_workflow shows those that exist; what is shared is managed by an admin without a context.';
  end if;
  return v_workflow;
end
$$;

alter function notify.managed_workflow(text) owner to notify_owner;
comment on function notify.managed_workflow(text) is 'The workflow with that key that the caller manages.';
