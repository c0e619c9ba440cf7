-- The version that publishing a workflow would make: the draft with every template that it needs, not numbered and not stored.
create or replace function notify.draft_version(p_workflow notify.ent_notification_workflow)
returns notify.notification_workflow_version
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_version notify.notification_workflow_version;
begin
  v_version.enterprise_id := p_workflow.enterprise_id;
  v_version.workflow_id := p_workflow.id;
  v_version.name := p_workflow.name;
  v_version.description := p_workflow.description;
  v_version.priority := p_workflow.priority;
  v_version.tags := p_workflow.tags;
  v_version.default_channels := p_workflow.default_channels;
  v_version.expires_after := p_workflow.expires_after;
  v_version.fallback_text := p_workflow.fallback_text;
  v_version.bundle := notify.bundle_workflow(p_workflow);
  return v_version;
end
$$;

alter function notify.draft_version(notify.ent_notification_workflow) owner to notify_owner;
comment on function notify.draft_version(notify.ent_notification_workflow) is
'The version that notify.publish would make of a workflow now.';
