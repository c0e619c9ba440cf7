-- How many requests have gathered since they were counted, up to the burst.
create or replace function engine.tokens_now(
  p_state notify.notification_api_key_state, p_limit notify.notification_api_limit
) returns double precision
language sql
stable
set search_path = pg_catalog, pg_temp
return least(
  p_limit.burst,
  p_state.tokens
  + p_limit.requests_per_second * greatest(extract(epoch from notify.now() - p_state.refilled_at)::double precision, 0)
);

alter function engine.tokens_now(notify.notification_api_key_state, notify.notification_api_limit)
owner to notify_engine;
comment on function engine.tokens_now(notify.notification_api_key_state, notify.notification_api_limit) is
'How many requests of a limit have gathered by now.';
