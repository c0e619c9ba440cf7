-- GET /api/status: how things are going in the API key's enterprise.
create or replace function http_v1.show_status(p_proof text, p_query jsonb) returns http_v1.answer
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_answer http_v1.answer := http_v1.enter(p_proof, p_query ->> 'enterpriseId', 'read');
begin
  if v_answer.status is not null then
    return v_answer;
  elsif p_query - 'enterpriseId' <> '{}' then
    return http_v1.refuse_malformed('[{"path": "", "message": "the query may have enterpriseId only"}]');
  end if;
  return http_v1.say(200, notify.read_status());
end
$$;

alter function http_v1.show_status(text, jsonb) owner to notify_owner;
grant execute on function http_v1.show_status(text, jsonb) to notify_http;
comment on function http_v1.show_status(text, jsonb) is 'GET /api/status: how things are going in the API key''s enterprise.';
