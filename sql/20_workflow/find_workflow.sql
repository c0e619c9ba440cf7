-- The workflow that a notification goes by: the one with the given id, or, by key, the enterprise's own before the shared one.
-- Only what is published and not deactivated counts. One definition, used by the insert trigger, by rendering and by
-- resolve_workflow; a parsed body without definer rights, so that the planner inlines it and the caller's policies apply.
create or replace function notify.find_workflow(
  p_enterprise_id uuid,
  p_workflow_key text,
  p_workflow_enterprise_id uuid default null,
  p_workflow_id uuid default null
) returns setof notify.ent_notification_workflow
language sql
stable
parallel safe
rows 1
begin atomic
  select w.*
  from notify.ent_notification_workflow as w
  where
    w.enterprise_id in (p_enterprise_id, '00000000-0000-0000-0000-000000000000')
    and case
      when p_workflow_id is null then w.workflow_key = p_workflow_key
      else w.enterprise_id = p_workflow_enterprise_id and w.id = p_workflow_id
    end
    and w.publish_status = 'PUBLISHED'
    and not w.deactivated
  order by (w.enterprise_id = p_enterprise_id) desc
  limit 1;
end;

alter function notify.find_workflow(uuid, text, uuid, uuid) owner to notify_owner;
grant execute on function notify.find_workflow(uuid, text, uuid, uuid) to notify_owner, notify_engine;
comment on function notify.find_workflow(uuid, text, uuid, uuid) is
'The published workflow that a notification of the enterprise with this key (and, if given, this id) goes by; no row when there is none.';
