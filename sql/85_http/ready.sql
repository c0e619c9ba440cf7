-- GET /readyz: that the database answers to the login of the HTTP face.
create or replace function http_v1.ready() returns http_v1.answer
language sql
stable
return row(200, null, '{"status": "ok"}')::http_v1.answer;

alter function http_v1.ready() owner to notify_owner;
grant execute on function http_v1.ready() to notify_http;
comment on function http_v1.ready() is 'GET /readyz: that the database answers.';
