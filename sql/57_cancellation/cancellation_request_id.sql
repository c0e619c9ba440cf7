-- The name of a cancellation's request, which the worker hands back with its report: cancel/enterprise/notification/transaction.
create or replace function engine.cancellation_request_id(
  p_enterprise_id uuid,
  p_notification_id uuid,
  p_transaction_id uuid
)
returns text
language sql
immutable
parallel safe
return 'cancel/' || p_enterprise_id::text || '/' || p_notification_id::text || '/' || p_transaction_id::text;

alter function engine.cancellation_request_id(uuid, uuid, uuid) owner to notify_engine;
comment on function engine.cancellation_request_id(uuid, uuid, uuid) is 'The name of a cancellation''s request.';
