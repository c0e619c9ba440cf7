-- Why a notification would end FAILED as soon as it was inserted, or rendered with what is published now: an answer, or no status. What would
-- keep no emergency from going out refuses none here either.
create or replace function http_v1.refuse_event(p_row notify.ent_notification) returns http_v1.answer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_schema text;
  v_fault jsonb;
  v_faults jsonb;
begin
  select case when json_typeof(b.payload_schema) = 'object' then b.payload_schema::text end into v_schema
  from notify.find_workflow(p_row.enterprise_id, p_row.workflow_key) as w
  inner join notify.notification_workflow_version as v
    on w.enterprise_id = v.enterprise_id and w.id = v.workflow_id and w.published_version = v.version
  cross join lateral (select v.bundle -> 'payload_schema' as payload_schema offset 0) as b;
  if not found then
    return http_v1.refuse_workflow(p_row.enterprise_id, p_row.workflow_key);
  end if;
  v_fault := engine.find_fault(
    p_row.recipients, p_row.channels, p_row.payload, p_row.overrides, p_row.workflow_key, p_row.name, p_row.building,
    p_row.time_zone, p_row.recipient_payload, p_row.recipient_attributes
  );
  if p_row.expires_at <= greatest(notify.now(), p_row.scheduled_for) then
    return http_v1.refuse_malformed('[{"path": "expiresAt", "message": "it is over before this can be sent"}]');
  elsif v_fault is null and v_schema is not null then
    v_faults := http_v1.find_payload_faults(p_row, v_schema);
  end if;
  if
    (v_fault is null and v_faults is null)
    or (
      coalesce(v_fault ->> 'field', 'payload') in ('payload', 'recipient_payload', 'recipient_attributes')
      and engine.is_critical(p_row.enterprise_id, p_row.workflow_key, null, null, p_row.priority)
    )
  then
    return null;
  elsif v_faults is not null then
    return http_v1.refuse(
      422, 'payload_invalid', format('The payload does not fit workflow %s.', p_row.workflow_key),
      jsonb_build_object('errors', v_faults)
    );
  elsif v_fault ->> 'code' like '%too_large' then
    return http_v1.refuse(413, v_fault ->> 'code', v_fault ->> 'message');
  end if;
  return http_v1.refuse_malformed(
    jsonb_build_array(jsonb_build_object('path', http_v1.member_name(v_fault ->> 'field'), 'message', v_fault ->> 'message'))
  );
end
$$;

alter function http_v1.refuse_event(notify.ent_notification) owner to notify_owner;
comment on function http_v1.refuse_event(notify.ent_notification) is 'Why a notification can''t be sent, as an answer; null: it can.';
