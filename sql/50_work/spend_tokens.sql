-- Takes up to p_cost of a limited target's tokens and returns how many it got. A part of them is the critical lane's alone. Locks the
-- target's row until the transaction ends.
create or replace function engine.spend_tokens(p_limit notify.notification_target_limit, p_lane text, p_cost integer)
returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_tokens double precision;
  v_spent integer;
begin
  insert into notify.notification_target_state (target) values (p_limit.target)
  on conflict (target) do nothing;
  select
    least(
      p_limit.burst,
      coalesce(s.tokens, p_limit.burst)
      + coalesce(extract(epoch from clock_timestamp() - s.refilled_at), 0) * p_limit.tokens_per_second
    )
  into v_tokens
  from notify.notification_target_state as s
  where s.target = p_limit.target
  for no key update;
  v_spent := least(
    p_cost,
    greatest(0, floor(v_tokens - engine.reserved_tokens(p_limit.burst, p_limit.critical_share, p_lane)))
  );
  update notify.notification_target_state as s
  set tokens = v_tokens - v_spent, refilled_at = clock_timestamp()
  where s.target = p_limit.target;
  return v_spent;
end
$$;

alter function engine.spend_tokens(notify.notification_target_limit, text, integer) owner to notify_engine;
comment on function engine.spend_tokens(notify.notification_target_limit, text, integer) is 'Takes up to that many of a target''s tokens, and returns how many.';
