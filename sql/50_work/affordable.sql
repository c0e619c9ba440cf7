-- For how many deliveries a target has tokens now on a lane; null: it has no limit. A bulk of 100 may be cheaper than 100 single ones. What
-- is spent meanwhile is not seen: engine.take_tokens has the last word.
create or replace function engine.affordable(p_target text, p_lane text) returns integer
language sql
volatile
set search_path = pg_catalog, pg_temp
as $$
  select t.tokens / l.cost * 100 + t.tokens % l.cost
  from (
    select a.*, least(100, a.bulk_cost) as cost from notify.notification_target_limit as a where a.target = p_target
  ) as l
  left join notify.notification_target_state as s on l.target = s.target
  cross join lateral (
    select greatest(0, floor(least(
      l.burst,
      coalesce(s.tokens, l.burst)
      + coalesce(extract(epoch from clock_timestamp() - s.refilled_at), 0) * l.tokens_per_second
    ) - engine.reserved_tokens(l.burst, l.critical_share, p_lane)))::integer as tokens
  ) as t
$$;

alter function engine.affordable(text, text) owner to notify_engine;
comment on function engine.affordable(text, text) is
'For how many deliveries a target has tokens now on a lane; null: it has no limit.';
