-- An error of the bridge in the words of Novu's protocol, which Novu shows to who looks at a failed step.
create or replace function engine.bridge_error(p_status integer, p_code text, p_message text) returns http_v1.answer
language sql
immutable
parallel safe
return (p_status, null, json_build_object('message', p_message, 'code', p_code)::text)::http_v1.answer;

alter function engine.bridge_error(integer, text, text) owner to notify_engine;
comment on function engine.bridge_error(integer, text, text) is 'An error of the bridge: status, and a body with message and code.';
