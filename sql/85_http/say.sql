-- An answer with a body that is JSON.
create or replace function http_v1.say(p_status integer, p_body jsonb, p_headers jsonb default null)
returns http_v1.answer
language sql
immutable
return row(p_status, p_headers, p_body::text)::http_v1.answer;

alter function http_v1.say(integer, jsonb, jsonb) owner to notify_owner;
comment on function http_v1.say(integer, jsonb, jsonb) is 'An answer with this body.';
