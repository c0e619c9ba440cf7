-- The workflow that a notification of the enterprise in the context goes by (for an admin without one, the shared one), or an error that
-- says why there is none.
create or replace function notify.published_workflow(p_workflow_key text) returns notify.ent_notification_workflow
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_workflow notify.ent_notification_workflow;
begin
  select * into v_workflow
  from notify.find_workflow(notify.managed_enterprise_id(), p_workflow_key);
  if not found then
    v_workflow := notify.visible_workflow(p_workflow_key); -- or the error that there is none at all
    raise exception using
      errcode = 'XN106',
      message = format(
        'workflow %L is %s', p_workflow_key,
        case when v_workflow.publish_status = 'DRAFT' then 'not published' else 'deactivated' end
      ),
      hint = case
        when v_workflow.publish_status = 'DRAFT' then 'notify.publish makes its first version; notify.preview shows the draft.'
        else 'Set deactivated to false in notify.ent_notification_workflow; notify.preview works without that.'
      end;
  end if;
  return v_workflow;
end
$$;

alter function notify.published_workflow(text) owner to notify_owner;
comment on function notify.published_workflow(text) is 'The workflow that a notification of the enterprise goes by, or an error that says why there is none.';
