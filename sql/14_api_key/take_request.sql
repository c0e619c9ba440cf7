-- Takes requests from the limit of an API key in an enterprise: how many are left, or null where there is not one. The last one may cost more than
-- is left, so that a large bulk goes through, too, and the next waits the longer. An emergency is never refused.
create or replace function engine.take_request(
  p_enterprise_id uuid, p_key_id uuid, p_cost integer, p_is_emergency boolean, p_limit notify.notification_api_limit
) returns double precision
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_left double precision;
begin
  insert into notify.notification_api_key_state as s (enterprise_id, key_id, tokens, refilled_at)
  values (p_enterprise_id, p_key_id, p_limit.burst - p_cost, notify.now())
  on conflict (enterprise_id, key_id) do update
  set
    tokens = greatest(engine.tokens_now(s, p_limit) - p_cost, - p_limit.burst - p_cost),
    refilled_at = greatest(s.refilled_at, notify.now())
  where p_is_emergency or engine.tokens_now(s, p_limit) >= 1
  returning s.tokens into v_left;
  return v_left;
end
$$;

alter function engine.take_request(uuid, uuid, integer, boolean, notify.notification_api_limit) owner to notify_engine;
grant execute on function engine.take_request(uuid, uuid, integer, boolean, notify.notification_api_limit)
to notify_owner;
comment on function engine.take_request(uuid, uuid, integer, boolean, notify.notification_api_limit) is
'Takes requests from the limit of an API key: how many are left; null: there was not one.';
