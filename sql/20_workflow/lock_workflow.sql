-- The workflow that notify.publish and notify.rollback are about, locked against another's publishing: of the enterprise in the
-- context; without a context, of what is shared.
create or replace function notify.lock_workflow(p_workflow_key text, p_aim text)
returns notify.ent_notification_workflow
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_workflow notify.ent_notification_workflow;
begin
  select * into v_workflow
  from notify.ent_notification_workflow as w
  where
    w.enterprise_id = coalesce(notify.current_enterprise_id(), '00000000-0000-0000-0000-000000000000')
    and w.workflow_key = p_workflow_key
  for no key update;
  if not found then
    raise exception using
      errcode = 'XN101',
      message = format('there is no workflow with the key %L to %s here', p_workflow_key, p_aim),
      hint = 'An enterprise''s own workflows are published in its context (notify.set_enterprise chooses it), the shared ones by an admin without a context.';
  end if;
  return v_workflow;
end
$$;

alter function notify.lock_workflow(text, text) owner to notify_owner;
comment on function notify.lock_workflow(text, text) is 'Finds and locks the workflow that is to be published.';
