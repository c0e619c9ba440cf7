-- How many requests have gathered since they were counted, up to the burst. A parsed body, so that it is inlined.
create or replace function engine.tokens_now(
  p_tokens double precision, p_refilled_at timestamptz, p_limit notify.notification_api_limit
) returns double precision
language sql
stable
return least(
  p_limit.burst,
  p_tokens
  + p_limit.requests_per_second * greatest(extract(epoch from notify.now() - p_refilled_at)::double precision, 0)
);

alter function engine.tokens_now(double precision, timestamptz, notify.notification_api_limit) owner to notify_engine;
comment on function engine.tokens_now(double precision, timestamptz, notify.notification_api_limit) is
'How many requests of a limit have gathered by now.';
