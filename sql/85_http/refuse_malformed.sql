-- What is malformed, as a list of {"path", "message"}.
create or replace function http_v1.refuse_malformed(p_errors jsonb) returns http_v1.answer
language sql
stable
return http_v1.refuse(
  400, 'malformed', concat_ws(': ', nullif(p_errors -> 0 ->> 'path', ''), p_errors -> 0 ->> 'message'),
  jsonb_build_object('errors', p_errors)
);

alter function http_v1.refuse_malformed(jsonb) owner to notify_owner;
comment on function http_v1.refuse_malformed(jsonb) is 'The refusal of what is malformed: a list of {"path", "message"}.';
