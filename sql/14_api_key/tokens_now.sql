-- How many requests have gathered since they were counted, up to the burst; all of them, where they were never counted (null). A parsed body, so that it
-- is inlined.
drop function if exists engine.tokens_now(double precision, timestamptz, notify.notification_api_limit); -- it knew one limit
create or replace function engine.tokens_now(
  p_tokens double precision, p_refilled_at timestamptz, p_burst integer, p_per_second real
) returns double precision
language sql
stable
return least(
  p_burst, p_tokens + p_per_second * greatest(extract(epoch from notify.now() - p_refilled_at)::double precision, 0)
);

alter function engine.tokens_now(double precision, timestamptz, integer, real) owner to notify_engine;
comment on function engine.tokens_now(double precision, timestamptz, integer, real) is 'How many requests of a limit have gathered by now.';
