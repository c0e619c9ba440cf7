-- What makes a notification impossible to send, as far as SQL can see without resolving anything; null when nothing does. Inlined
-- into the insert trigger's statements. An INSERT never fails for these: the row ends FAILED and says why.
drop function if exists engine.find_fault(uuid[], text[], jsonb, jsonb); -- as it was before texts were bounded
drop function if exists engine.find_fault(uuid[], text[], jsonb, jsonb, text, text, text, text); -- before recipients' own values
create or replace function engine.find_fault(
  p_recipients uuid[],
  p_channels text[],
  p_payload jsonb,
  p_overrides jsonb,
  p_workflow_key text,
  p_name text,
  p_building text,
  p_time_zone text,
  p_recipient_payload jsonb,
  p_recipient_attributes jsonb
) returns jsonb
language sql
stable
parallel safe
return case
  -- all that a template may know of a notification is read with the others of its claim: it must not starve them
  when
    greatest(
      octet_length(p_workflow_key), octet_length(p_name), octet_length(p_building), octet_length(p_time_zone)
    ) > 1000
    then jsonb_build_object(
      'code', 'text_too_long', 'field', case
        when octet_length(p_workflow_key) > 1000 then 'workflow_key'
        when octet_length(p_name) > 1000 then 'name'
        when octet_length(p_building) > 1000 then 'building'
        else 'time_zone'
      end,
      'message',
      'workflow_key, name, building and time_zone may take 1,000 bytes each: put what is longer into the payload'
    )
  when coalesce(cardinality(p_recipients), 0) = 0
    then jsonb_build_object(
      'code', 'recipients_empty', 'field', 'recipients',
      'message', 'recipients is empty: give at least one id'
    )
  when array_ndims(p_recipients) > 1
    then jsonb_build_object(
      'code', 'recipients_malformed', 'field', 'recipients',
      'message', 'recipients is an array of arrays: give one flat list of ids'
    )
  when array_position(p_recipients, null) is not null
    then jsonb_build_object(
      'code', 'recipients_malformed', 'field', 'recipients',
      'message', 'recipients holds a null: give ids only'
    )
  when cardinality(p_channels) = 0
    then jsonb_build_object(
      'code', 'channels_empty', 'field', 'channels',
      'message', 'channels is an empty list: name a channel, or leave it null for the workflow''s default channels'
    )
  when cardinality(p_channels) > 5
    then jsonb_build_object(
      'code', 'channel_repeated', 'field', 'channels',
      'message', 'channels names a channel more than once: name each once'
    )
  when array_ndims(p_channels) > 1 or not p_channels <@ array['EMAIL', 'IN_APP', 'SMS', 'PUSH', 'CHAT']
    then jsonb_build_object(
      'code', 'channel_unknown', 'field', 'channels',
      'message', 'channels names what is no channel: EMAIL, IN_APP, SMS, PUSH and CHAT are known'
    )
  when jsonb_typeof(p_payload) <> 'object'
    then jsonb_build_object(
      'code', 'payload_invalid', 'field', 'payload',
      'message', 'payload is not an object but of type ' || jsonb_typeof(p_payload) || ': give {"name": value, …}'
    )
  -- its size in the row says little of its text: it may come compressed out of another table, and 1e-16383 takes 16 bytes or 16 KB
  when pg_column_size(p_payload) > 131072 or octet_length(p_payload::text) > 131072
    then jsonb_build_object(
      'code', 'payload_too_large', 'field', 'payload',
      'message', 'payload takes more than 128 KB: pass what the templates need, and links to the rest'
    )
  when jsonb_typeof(p_overrides) <> 'object'
    then jsonb_build_object(
      'code', 'overrides_invalid', 'field', 'overrides',
      'message',
      'overrides is not an object but of type ' || jsonb_typeof(p_overrides) || ': give {} or Novu''s overrides'
    )
  when p_overrides <> '{}' and octet_length(p_overrides::text) > 16384
    then jsonb_build_object(
      'code', 'overrides_too_large', 'field', 'overrides',
      'message', 'overrides takes more than 16 KB'
    )
  when p_overrides <> '{}' and engine.overrides_stray(p_overrides)
    then jsonb_build_object(
      'code', 'overrides_refused', 'field', 'overrides',
      'message',
      'overrides may set what docs/platform.md lists, never who is addressed: other enterprises share that Novu'
    )
  when p_recipient_payload is not null or p_recipient_attributes is not null
    then engine.find_own_fault(p_recipients, p_recipient_payload, p_recipient_attributes)
end;

alter function engine.find_fault(uuid[], text[], jsonb, jsonb, text, text, text, text, jsonb, jsonb)
owner to notify_engine;
grant execute on function engine.find_fault(uuid[], text[], jsonb, jsonb, text, text, text, text, jsonb, jsonb)
to notify_owner;
comment on function engine.find_fault(uuid[], text[], jsonb, jsonb, text, text, text, text, jsonb, jsonb) is
'What makes a notification impossible to send, as error details; null when nothing does.';
