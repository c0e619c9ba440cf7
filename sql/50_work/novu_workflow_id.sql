-- A workflow's identifier at Novu: the key, and for an enterprise's own workflow its enterprise before it. A key has no
-- underscore, so a shared workflow's identifier can never equal an enterprise's own.
create or replace function notify.novu_workflow_id(p_enterprise_id uuid, p_workflow_key text) returns text
language sql
immutable
parallel safe
return case p_enterprise_id
  when '00000000-0000-0000-0000-000000000000' then p_workflow_key
  else p_enterprise_id::text || '_' || p_workflow_key
end;

alter function notify.novu_workflow_id(uuid, text) owner to notify_owner;
grant execute on function notify.novu_workflow_id(uuid, text) to
notify_owner, notify_engine, notify_manager, notify_admin;
comment on function notify.novu_workflow_id(uuid, text) is
'The identifier of a workflow at Novu: select notify.novu_workflow_id(enterprise_id, workflow_key) from notify.ent_notification_workflow.';
