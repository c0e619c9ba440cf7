-- How many requests of its limit an API key has left in an enterprise now; one that was never used has all of them.
create or replace function engine.requests_left(
  p_enterprise_id uuid, p_key_id uuid, p_limit notify.notification_api_limit
) returns double precision
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_left double precision;
begin
  select engine.tokens_now(s, p_limit) into v_left
  from notify.notification_api_key_state as s
  where s.enterprise_id = p_enterprise_id and s.key_id = p_key_id;
  return coalesce(v_left, p_limit.burst);
end
$$;

alter function engine.requests_left(uuid, uuid, notify.notification_api_limit) owner to notify_engine;
grant execute on function engine.requests_left(uuid, uuid, notify.notification_api_limit) to notify_owner;
comment on function engine.requests_left(uuid, uuid, notify.notification_api_limit) is
'How many requests an API key has left in an enterprise.';
