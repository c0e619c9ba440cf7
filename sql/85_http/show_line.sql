-- A notification as a line of a list.
create or replace function http_v1.show_line(p_row notify.ent_notification) returns jsonb
language sql
stable
set search_path = pg_catalog, pg_temp
return jsonb_build_object(
  'notificationId', p_row.id, 'workflowId', p_row.workflow_key, 'status', p_row.notification_status, 'name', p_row.name,
  'priority', p_row.priority, 'building', p_row.building, 'isDrill', p_row.is_drill, 'tags', p_row.tags,
  'createdAt', p_row.created_at, 'scheduledFor', p_row.scheduled_for,
  'finalAt', coalesce(p_row.retracted_at, p_row.processed_at), 'transactionId', p_row.transaction_id,
  'error', p_row.error_details
);

alter function http_v1.show_line(notify.ent_notification) owner to notify_owner;
comment on function http_v1.show_line(notify.ent_notification) is 'A notification as a line of a list.';
