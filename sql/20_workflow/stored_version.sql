-- A version of a workflow by its number, or an error that names those that there are.
create or replace function notify.stored_version(p_workflow notify.ent_notification_workflow, p_version integer)
returns notify.notification_workflow_version
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_version notify.notification_workflow_version;
begin
  select * into v_version
  from notify.notification_workflow_version as v
  where v.enterprise_id = p_workflow.enterprise_id and v.workflow_id = p_workflow.id and v.version = p_version;
  if not found then
    raise exception using
      errcode = 'XN106',
      message = format('workflow %L has no version %s', p_workflow.workflow_key, coalesce(p_version::text, 'without a number')),
      hint = coalesce(
        (
          select 'It has version 1' || case when max(v.version) > 1 then ' to ' || max(v.version)::text else '' end || '.'
          from notify.notification_workflow_version as v
          where v.enterprise_id = p_workflow.enterprise_id and v.workflow_id = p_workflow.id
          having count(*) > 0
        ),
        'It has none yet: notify.publish makes the first.'
      );
  end if;
  return v_version;
end
$$;

alter function notify.stored_version(notify.ent_notification_workflow, integer) owner to notify_owner;
comment on function notify.stored_version(notify.ent_notification_workflow, integer) is 'A version of a workflow by its number.';
