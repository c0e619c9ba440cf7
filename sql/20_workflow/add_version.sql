-- Makes a version the published one: refuses what could not be rendered, naming template and line, says what else is remarkable as
-- warnings, numbers it and stores it. An earlier version is not refused. The caller has locked the workflow.
create or replace function notify.add_version(
  p_workflow_key text,
  p_version notify.notification_workflow_version
) returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_missing text;
  v_problems jsonb;
  v_errors jsonb[];
begin
  select string_agg(c, ', ') into v_missing
  from unnest(p_version.default_channels) as c
  where p_version.bundle -> 'channels' -> c is null;
  if v_missing is not null then
    raise exception using
      errcode = 'XN102',
      message = format('workflow %L has no template for: %s', p_workflow_key, v_missing),
      hint = 'Insert a template with the workflow''s key and that channel (and no locale: the variant that all others fall back to), name another key in template_overrides, or take the channel out of default_channels.';
  end if;
  v_problems := template.check_bundle(notify.check_text(p_version.enterprise_id, p_version.bundle));
  v_errors := array(
    select p.value
    from jsonb_array_elements(v_problems) as p
    -- what was published once may be published again: whoever rolls back is in a hurry
    where p.value ->> 'severity' = 'error' and p_version.rolled_back_to is null
  );
  if cardinality(v_errors) > 0 then
    raise exception using
      errcode = 'XN103',
      message = format('workflow %L can''t be published: %s', p_workflow_key, v_errors[1] ->> 'message'),
      detail = (select string_agg(e ->> 'message', e'\n') from unnest(v_errors) as e),
      hint = 'Mend the template in notify.ent_notification_template (or the payload schema of the workflow) and publish again.';
  end if;
  perform notify.raise_warning(format('workflow %L: %s', p_workflow_key, p.value ->> 'message'), p.value ->> 'hint')
  from jsonb_array_elements(v_problems) as p;

  select coalesce(max(v.version), 0) + 1 into p_version.version
  from notify.notification_workflow_version as v
  where v.enterprise_id = p_version.enterprise_id and v.workflow_id = p_version.workflow_id;
  insert into notify.notification_workflow_version (
    enterprise_id, workflow_id, version, name, description, priority, tags, default_channels, expires_after, fallback_text,
    bundle, bundle_hash, note, rolled_back_to
  )
  values (
    p_version.enterprise_id, p_version.workflow_id, p_version.version, p_version.name, p_version.description,
    p_version.priority, p_version.tags, p_version.default_channels, p_version.expires_after, p_version.fallback_text,
    p_version.bundle, encode(sha256(convert_to(p_version.bundle::text, 'UTF8')), 'hex'), p_version.note, p_version.rolled_back_to
  );
  update notify.ent_notification_workflow as w
  set publish_status = 'PUBLISHED', published_version = p_version.version
  where w.enterprise_id = p_version.enterprise_id and w.id = p_version.workflow_id;
  return p_version.version;
end
$$;

alter function notify.add_version(text, notify.notification_workflow_version) owner to notify_owner;
comment on function notify.add_version(text, notify.notification_workflow_version) is
'Checks a version, numbers it, stores it and makes it the published one; returns its number.';
