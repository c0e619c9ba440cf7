-- Takes an emergency, for which the key's limit had nothing left, from the ceiling of the key's emergencies: whether that had one left. It is far above
-- what a building on fire needs; whoever reaches it is a program that has run away, and is back at the key's limit.
create or replace function engine.take_emergency(p_enterprise_id uuid, p_key_id uuid, p_cost integer) returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_limit notify.notification_api_limit := engine.api_limit_of(p_enterprise_id, p_key_id);
begin
  update notify.notification_api_key_state as s
  set
    emergency_tokens = engine.tokens_now(
      s.emergency_tokens, s.emergency_refilled_at, v_limit.emergency_burst, v_limit.emergencies_per_second
    ) - p_cost,
    emergency_refilled_at = greatest(s.emergency_refilled_at, notify.now())
  where
    s.enterprise_id = p_enterprise_id
    and s.key_id = p_key_id
    and engine.tokens_now(
      s.emergency_tokens, s.emergency_refilled_at, v_limit.emergency_burst, v_limit.emergencies_per_second
    ) >= 1;
  return found;
end
$$;

alter function engine.take_emergency(uuid, uuid, integer) owner to notify_engine;
grant execute on function engine.take_emergency(uuid, uuid, integer) to notify_owner;
comment on function engine.take_emergency(uuid, uuid, integer) is 'Takes an emergency from the ceiling of an API key''s emergencies: whether there was one left.';
