-- The name of a column of a notification as a member of an event: recipient_payload is recipientPayload, workflow_key is workflowId.
create or replace function http_v1.member_name(p_column text) returns text
language sql
immutable
return case p_column
  when 'workflow_key' then 'workflowId'
  when 'time_zone' then 'timeZone'
  when 'recipient_payload' then 'recipientPayload'
  when 'recipient_attributes' then 'recipientAttributes'
  else p_column
end;

alter function http_v1.member_name(text) owner to notify_owner;
comment on function http_v1.member_name(text) is 'The name of a column as a member of an event.';
