-- Asked before each route that takes an API key, in a transaction of its own, so that the row with a key's tokens is locked for no longer than this
-- takes: whether the key may make these requests now. Returns no status then, and the RateLimit headers; a refusal otherwise. Its commit waits
-- for no disk: what a crash forgets of it is a few tokens. An emergency passes the limit.
create or replace function http_v1.admit(
  p_proof text,
  p_enterprise text,
  p_scope text,
  p_cost integer default 1,
  p_workflow text default null,
  p_priority text default null
) returns http_v1.answer
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_answer http_v1.answer := http_v1.enter(p_proof, p_enterprise, p_scope);
  v_enterprise_id uuid := notify.current_enterprise_id();
  v_key_id uuid;
  v_limit notify.notification_api_limit;
  v_left double precision;
begin
  if v_answer.status is not null then
    return v_answer;
  end if;
  perform set_config('synchronous_commit', 'off', true);
  v_key_id := (engine.find_key(p_proof)).id;
  v_limit := engine.request_limit(v_enterprise_id, v_key_id);
  if v_limit.burst is null then
    return null; -- the admin took everybody's row away
  end if;
  v_left := engine.take_request(v_enterprise_id, v_key_id, p_cost, false, v_limit);
  if v_left is null and engine.is_critical(v_enterprise_id, p_workflow, null, null, p_priority) then
    v_left := engine.take_request(v_enterprise_id, v_key_id, p_cost, true, v_limit);
  end if;
  return http_v1.limited(v_limit, v_left, engine.requests_left(v_enterprise_id, v_key_id, v_limit));
end
$$;

alter function http_v1.admit(text, text, text, integer, text, text) owner to notify_owner;
grant execute on function http_v1.admit(text, text, text, integer, text, text) to notify_http;
comment on function http_v1.admit(text, text, text, integer, text, text) is 'Whether an API key may make these requests now.';
