-- The name of a delivery's request, which the worker hands back with its report: enterprise/notification/number.
create or replace function engine.request_id(p_enterprise_id uuid, p_notification_id uuid, p_number integer)
returns text
language sql
immutable
parallel safe
return p_enterprise_id::text || '/' || p_notification_id::text || '/' || p_number::text;

alter function engine.request_id(uuid, uuid, integer) owner to notify_engine;
comment on function engine.request_id(uuid, uuid, integer) is 'The name of a delivery''s request.';
