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
  v_enterprise_id uuid := coalesce(notify.current_enterprise_id(), '00000000-0000-0000-0000-000000000000');
  v_workflow notify.ent_notification_workflow;
  v_bundle json;
  v_missing text;
  v_problems jsonb;
  v_version integer;
begin
  select * into v_workflow
  from notify.ent_notification_workflow as w
  where w.enterprise_id = v_enterprise_id and w.workflow_key = p_workflow_key
  for no key update;
  if not found then
    raise exception using
      errcode = 'XN101',
      message = format('there is no workflow with the key %L to publish here', p_workflow_key),
      hint = 'An enterprise publishes its own workflows (notify.set_enterprise chooses it), an admin without a context the shared ones.';
  end if;

  v_bundle := notify.bundle_workflow(v_workflow);
  select string_agg(c, ', ') into v_missing
  from unnest(v_workflow.default_channels) as c
  where v_bundle -> 'channels' -> c is null;
  if v_missing is not null then
    raise exception using
      errcode = 'XN102',
      message = format('workflow %L has no template for: %s', p_workflow_key, v_missing),
      hint = 'Insert a template with the workflow''s key and that channel, name another key in template_overrides, or take the channel out of default_channels.';
  end if;
  v_problems := template.check_bundle(v_bundle::text);
  if jsonb_array_length(v_problems) > 0 then
    raise exception using
      errcode = 'XN103',
      message = format('workflow %L can''t be published: %s', p_workflow_key, v_problems -> 0 ->> 'message'),
      detail = (select string_agg(p ->> 'message', e'\n') from jsonb_array_elements(v_problems) as p),
      hint = 'Mend the template in notify.ent_notification_template (or the payload schema of the workflow) and publish again.';
  end if;

  insert into notify.notification_workflow_version
    (enterprise_id, workflow_id, version, default_channels, bundle, bundle_hash, expires_after, note)
  select
    v_workflow.enterprise_id, v_workflow.id, coalesce(max(v.version), 0) + 1, v_workflow.default_channels,
    v_bundle, encode(sha256(convert_to(v_bundle::text, 'UTF8')), 'hex'), v_workflow.expires_after, p_note
  from notify.notification_workflow_version as v
  where v.enterprise_id = v_workflow.enterprise_id and v.workflow_id = v_workflow.id
  returning version into v_version;
  update notify.ent_notification_workflow as w
  set publish_status = 'PUBLISHED', published_version = v_version
  where w.enterprise_id = v_workflow.enterprise_id and w.id = v_workflow.id;
  return v_version;
end
$$;

alter function notify.publish(text, text) owner to notify_owner;
grant execute on function notify.publish(text, text) to notify_manager, notify_admin;
comment on function notify.publish(text, text) is
'Publishes a workflow with every template that it needs, and returns the number of the new version: select notify.publish(''fire-alarm'', ''new assembly point''). For the enterprise in the context; an admin without a context publishes a shared workflow.';
