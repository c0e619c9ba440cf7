-- A well-formed event as the notification that it becomes, of the enterprise in the context, with an id of its own.
create or replace function http_v1.read_event(p_event jsonb) returns notify.ent_notification
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_event jsonb := jsonb_strip_nulls(p_event - array['payload', 'overrides', 'recipientPayload', 'recipientAttributes']);
  v_row notify.ent_notification;
begin
  v_row.enterprise_id := notify.current_enterprise_id();
  v_row.id := notify.new_id();
  v_row.workflow_key := v_event ->> 'workflowId';
  v_row.payload := coalesce(nullif(p_event -> 'payload', 'null'), '{}');
  v_row.recipients := case
    when v_event ? 'subscriberId' then array[(v_event ->> 'subscriberId')::uuid]
    else array(select r.value::uuid from jsonb_array_elements_text(v_event -> 'recipients') with ordinality as r order by r.ordinality)
  end;
  v_row.recipient_payload := nullif(p_event -> 'recipientPayload', 'null');
  v_row.recipient_attributes := nullif(p_event -> 'recipientAttributes', 'null');
  v_row.channels := case
    when v_event ? 'channels'
      then array(select c.value from jsonb_array_elements_text(v_event -> 'channels') with ordinality as c order by c.ordinality)
  end;
  v_row.overrides := coalesce(nullif(p_event -> 'overrides', 'null'), '{}');
  v_row.tags := case
    when v_event ? 'tags'
      then array(select t.value from jsonb_array_elements_text(v_event -> 'tags') with ordinality as t order by t.ordinality)
    else '{}'
  end;
  v_row.priority := v_event ->> 'priority';
  v_row.name := v_event ->> 'name';
  v_row.building := v_event ->> 'building';
  v_row.time_zone := v_event ->> 'timeZone';
  v_row.locale := v_event ->> 'locale';
  v_row.is_drill := coalesce((v_event ->> 'isDrill')::boolean, false);
  v_row.scheduled_for := (v_event ->> 'scheduledFor')::timestamptz;
  v_row.expires_at := (v_event ->> 'expiresAt')::timestamptz;
  v_row.idempotency_key := v_event ->> 'idempotencyKey';
  return v_row;
end
$$;

alter function http_v1.read_event(jsonb) owner to notify_owner;
comment on function http_v1.read_event(jsonb) is 'A well-formed event as the notification that it becomes.';
