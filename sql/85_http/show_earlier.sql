-- What is answered where a notification was not made with deliveries: its idempotency key was used before, and the notification of that time is
-- shown, if it is the same; or the insert trigger refused it, and its own status says so.
create or replace function http_v1.show_earlier(p_row notify.ent_notification) returns http_v1.answer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_earlier notify.ent_notification;
begin
  select * into v_earlier
  from notify.ent_notification as n
  where n.enterprise_id = p_row.enterprise_id and n.idempotency_key = p_row.idempotency_key;
  if not found then
    select * into v_earlier from notify.ent_notification as n where n.enterprise_id = p_row.enterprise_id and n.id = p_row.id;
    return http_v1.show_triggered(201, v_earlier);
  elsif
    (
      v_earlier.workflow_key, v_earlier.payload, v_earlier.recipients, v_earlier.recipient_payload,
      v_earlier.recipient_attributes, v_earlier.channels, v_earlier.overrides, v_earlier.tags, v_earlier.priority,
      v_earlier.name, v_earlier.building, v_earlier.time_zone, v_earlier.locale, v_earlier.is_drill, v_earlier.scheduled_for,
      v_earlier.expires_at
    ) is distinct from (
      p_row.workflow_key, p_row.payload, p_row.recipients, p_row.recipient_payload, p_row.recipient_attributes, p_row.channels,
      p_row.overrides, p_row.tags, p_row.priority, p_row.name, p_row.building, p_row.time_zone, p_row.locale, p_row.is_drill,
      p_row.scheduled_for, p_row.expires_at
    )
  then
    return http_v1.refuse(
      409, 'idempotency_key_reused',
      format('This idempotencyKey was used for something else: notification %s.', v_earlier.id),
      jsonb_build_object('notificationId', v_earlier.id)
    );
  end if;
  return http_v1.show_triggered(200, v_earlier);
end
$$;

alter function http_v1.show_earlier(notify.ent_notification) owner to notify_owner;
comment on function http_v1.show_earlier(notify.ent_notification) is 'What is answered where an idempotency key was used before.';
