-- Takes requests from the limit of an API key in an enterprise: whether it had one left, and how things stand then; null where there is no
-- limit. The last one may cost more than is left, so that a large bulk goes through, too, and the next waits the longer.
drop function if exists engine.take_request(uuid, uuid, integer, boolean); -- emergencies had no ceiling
create or replace function engine.take_request(
  p_enterprise_id uuid,
  p_key_id uuid,
  p_cost integer,
  out is_taken boolean,
  out tokens_left double precision,
  out burst integer,
  out requests_per_second real
)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_limit notify.notification_api_limit := engine.api_limit_of(p_enterprise_id, p_key_id);
begin
  burst := v_limit.burst;
  requests_per_second := v_limit.requests_per_second;
  if burst is null then
    return;
  end if;
  insert into notify.notification_api_key_state as s (enterprise_id, key_id, tokens, refilled_at)
  values (p_enterprise_id, p_key_id, v_limit.burst - p_cost, notify.now())
  on conflict (enterprise_id, key_id) do update
  set
    tokens = engine.tokens_now(s.tokens, s.refilled_at, v_limit.burst, v_limit.requests_per_second) - p_cost,
    refilled_at = greatest(s.refilled_at, notify.now())
  where engine.tokens_now(s.tokens, s.refilled_at, v_limit.burst, v_limit.requests_per_second) >= 1
  returning s.tokens into tokens_left;
  is_taken := found;
  if not is_taken then
    select engine.tokens_now(s.tokens, s.refilled_at, v_limit.burst, v_limit.requests_per_second) into tokens_left
    from notify.notification_api_key_state as s
    where s.enterprise_id = p_enterprise_id and s.key_id = p_key_id;
  end if;
end
$$;

alter function engine.take_request(uuid, uuid, integer) owner to notify_engine;
grant execute on function engine.take_request(uuid, uuid, integer) to notify_owner;
comment on function engine.take_request(uuid, uuid, integer) is
'Takes requests from the limit of an API key: whether there was one, and how things stand; null: there is no limit.';
