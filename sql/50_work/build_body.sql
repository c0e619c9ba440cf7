-- The body of a delivery's trigger, as JSON text ready to send. On a target that enterprises share, a subscriber's id carries
-- its enterprise, and the context names it: isolation does not end at Novu's door. Put together as text: the content is JSON
-- already, and is sent exactly as it was kept.
create or replace function engine.build_body(
  p_workflow_id text,
  p_enterprise_id uuid,
  p_recipients uuid[],
  p_transaction_id uuid,
  p_content text,
  p_overrides jsonb
) returns text
language sql
stable
parallel safe
return (
  '{"name":"' || p_workflow_id
  || '","to":["' || p_enterprise_id::text || ':'
  || array_to_string(p_recipients, '","' || p_enterprise_id::text || ':')
  || '"],"transactionId":"' || p_transaction_id::text
  || '","context":{"tenant":"' || p_enterprise_id::text
  || '"},"payload":' || p_content
  || case when p_overrides = '{}' then '' else ',"overrides":' || p_overrides::text end
  || '}'
);

alter function engine.build_body(text, uuid, uuid[], uuid, text, jsonb) owner to notify_engine;
comment on function engine.build_body(text, uuid, uuid[], uuid, text, jsonb) is 'The JSON body of a delivery''s trigger.';
