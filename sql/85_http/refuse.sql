-- A refusal in the form that all routes have: {"code", "message"}, and what more is known.
create or replace function http_v1.refuse(
  p_status integer, p_code text, p_message text, p_more jsonb default '{}', p_headers jsonb default null
) returns http_v1.answer
language sql
immutable
return http_v1.say(p_status, jsonb_build_object('code', p_code, 'message', p_message) || p_more, p_headers);

alter function http_v1.refuse(integer, text, text, jsonb, jsonb) owner to notify_owner;
comment on function http_v1.refuse(integer, text, text, jsonb, jsonb) is 'A refusal: {"code", "message"}, and what more is known.';
