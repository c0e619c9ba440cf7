-- The body of a delivery's trigger, as JSON text ready to send. A subscriber's id carries its enterprise, unless the target is the
-- enterprise's own and set to plain ids, and the context names the enterprise: isolation does not end at Novu's door. Put together
-- as text: the content is JSON already, and is sent exactly as it was kept.
drop function if exists engine.build_body(text, uuid, uuid[], uuid, text, jsonb); -- as it was before targets
drop function if exists engine.build_body(text, uuid, uuid[], boolean, uuid, text, jsonb); -- as it was before attributes
create or replace function engine.build_body(
  p_workflow_id text,
  p_enterprise_id uuid,
  p_recipients uuid[],
  p_attributes jsonb,
  p_has_plain_ids boolean,
  p_transaction_id uuid,
  p_content text,
  p_overrides jsonb
) returns text
language sql
stable
parallel safe
return (
  '{"name":"' || p_workflow_id
  || '","to":[' || case
    when p_attributes is not null
      then engine.build_subscribers(
        case when p_has_plain_ids then '' else p_enterprise_id::text || ':' end, p_recipients, p_attributes
      )
    when p_has_plain_ids then '"' || array_to_string(p_recipients, '","') || '"'
    else
      '"' || p_enterprise_id::text || ':'
      || array_to_string(p_recipients, '","' || p_enterprise_id::text || ':') || '"'
  end
  || '],"transactionId":"' || p_transaction_id::text
  || '","context":{"tenant":"' || p_enterprise_id::text
  || '"},"payload":'
  || p_content
  || (case when p_overrides = '{}' then '' else ',"overrides":' || p_overrides::text end || '}')
);

alter function engine.build_body(text, uuid, uuid[], jsonb, boolean, uuid, text, jsonb) owner to notify_engine;
comment on function engine.build_body(text, uuid, uuid[], jsonb, boolean, uuid, text, jsonb) is 'The JSON body of a delivery''s trigger.';
