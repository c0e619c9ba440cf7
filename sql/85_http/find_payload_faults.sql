-- What of a payload breaks the schema that was published, as a list of {"path", "message", "rule"}; null: nothing.
create or replace function http_v1.find_payload_faults(
  p_workflow notify.ent_notification_workflow, p_payload jsonb
) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_schema text;
begin
  select v.bundle ->> 'payload_schema' into v_schema
  from notify.notification_workflow_version as v
  where
    v.enterprise_id = p_workflow.enterprise_id
    and v.workflow_id = p_workflow.id
    and v.version = p_workflow.published_version
    and json_typeof(v.bundle -> 'payload_schema') = 'object';
  return case when v_schema is not null then nullif(template.validate_payload(v_schema, p_payload::text), '[]') end;
end
$$;

alter function http_v1.find_payload_faults(notify.ent_notification_workflow, jsonb) owner to notify_owner;
comment on function http_v1.find_payload_faults(notify.ent_notification_workflow, jsonb) is 'What of a payload breaks the published schema.';
