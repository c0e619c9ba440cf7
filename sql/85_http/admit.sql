-- Asked before each route that takes an API key, in a transaction of its own, so that the row with a key's tokens is locked for no longer than this
-- takes: whether the key may make these requests now. Returns no status then, and the RateLimit headers; a refusal otherwise. Its commit waits
-- for no disk: what a crash forgets of it is a few tokens. A request whose body (p_body), or whose notification (p_id), is about an
-- emergency passes the limit, up to the ceiling of the key's emergencies.
create or replace function http_v1.admit(
  p_proof text,
  p_enterprise text,
  p_scope text,
  p_cost integer default 1,
  p_body text default null,
  p_id text default null
) returns http_v1.answer
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set jit = off
set plan_cache_mode = force_generic_plan -- each looks up by a key, and planning under policies costs more than that
set enable_seqscan = off -- nor in a plan that was cached while a table was small
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  v_answer http_v1.answer := http_v1.enter(p_proof, p_enterprise, p_scope);
  v_enterprise_id uuid := notify.current_enterprise_id();
  v_key_id uuid;
  v_taken record;
  v_headers jsonb;
  v_wait bigint;
begin
  if v_answer.status is not null then
    return v_answer;
  end if;
  perform set_config('synchronous_commit', 'off', true);
  v_key_id := current_setting('app.api_key_id');
  v_taken := engine.take_request(v_enterprise_id, v_key_id, p_cost);
  if v_taken.burst is null then
    return null;
  elsif not v_taken.is_taken and p_body is not null and http_v1.holds_emergency(v_enterprise_id, p_body::jsonb, p_id) then
    v_taken.is_taken := engine.take_emergency(v_enterprise_id, v_key_id, p_cost);
  end if;
  v_headers := jsonb_build_object(
    'RateLimit-Limit', v_taken.burst::text,
    'RateLimit-Remaining', greatest(floor(v_taken.tokens_left), 0)::bigint::text,
    'RateLimit-Reset', ceil((v_taken.burst - v_taken.tokens_left) / v_taken.requests_per_second)::bigint::text
  );
  if v_taken.is_taken then
    return row(null, v_headers, null)::http_v1.answer;
  end if;
  v_wait := greatest(ceil((1 - v_taken.tokens_left) / v_taken.requests_per_second), 1);
  return http_v1.refuse(
    429, 'too_many_requests', format('This API key has made too many requests: wait %s s.', v_wait), '{}',
    v_headers || jsonb_build_object('Retry-After', v_wait::text)
  );
end
$$;

alter function http_v1.admit(text, text, text, integer, text, text) owner to notify_owner;
grant execute on function http_v1.admit(text, text, text, integer, text, text) to notify_http;
comment on function http_v1.admit(text, text, text, integer, text, text) is 'Whether an API key may make these requests now.';
