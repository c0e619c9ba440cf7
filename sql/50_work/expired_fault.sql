-- The error details of what is too late to send.
create or replace function engine.expired_fault(p_expires_at timestamptz) returns jsonb
language sql
stable
parallel safe
return jsonb_build_object(
  'code', 'expired',
  'message',
  'it was not sent before it expired at ' || to_char(p_expires_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS"Z"')
);

alter function engine.expired_fault(timestamptz) owner to notify_engine;
comment on function engine.expired_fault(timestamptz) is 'Error details for a notification that expired.';
