-- Checks a payload against the schema of the workflow that it is for, as rendering does: the published version of the one that a
-- notification of the enterprise would go by.
create or replace function notify.validate_payload(p_workflow_key text, p_payload jsonb) returns void
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_workflow notify.ent_notification_workflow := notify.published_workflow(p_workflow_key);
  v_version notify.notification_workflow_version := notify.stored_version(v_workflow, v_workflow.published_version);
  v_faults jsonb;
begin
  if jsonb_typeof(p_payload) is distinct from 'object' then
    raise exception using
      errcode = 'XN105',
      message = 'the payload is not an object but of type ' || coalesce(jsonb_typeof(p_payload), 'null'),
      hint = 'Give {"name": value, …}.';
  elsif json_typeof(v_version.bundle -> 'payload_schema') is distinct from 'object' then
    return; -- any object will do
  end if;
  v_faults := template.validate_payload((v_version.bundle -> 'payload_schema')::text, p_payload::text);
  if jsonb_array_length(v_faults) > 0 then
    raise exception using
      errcode = 'XN105',
      message = format('the payload does not fit workflow %L: %s', p_workflow_key, v_faults -> 0 ->> 'message'),
      detail = (
        select string_agg(format('%s (rule: %s)', f ->> 'message', f ->> 'rule'), e'\n')
        from jsonb_array_elements(v_faults) as f
      ),
      hint = format('The schema is that of version %s, as it was published.', v_version.version);
  end if;
end
$$;

alter function notify.validate_payload(text, jsonb) owner to notify_owner;
grant execute on function notify.validate_payload(text, jsonb) to notify_manager, notify_admin;
comment on function notify.validate_payload(text, jsonb) is
'Raises XN105, with the path and the rule of each fault, when a payload does not fit the published workflow: select notify.validate_payload(''fire-alarm'', ''{"floor": 3}'').';
