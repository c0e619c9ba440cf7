-- The retry delay of an errand: by everybody's policy for the lane.
drop function if exists engine.everybodys_retry_delay(text, integer, interval); -- as it was before there were others than workflows
create or replace function engine.everybodys_retry_delay(
  p_verdict text,
  p_count integer,
  p_retry_after interval,
  p_lane text
) returns interval
language sql
volatile
set search_path = pg_catalog, pg_temp
as $$
  select engine.retry_delay(p_verdict, p_count, p_retry_after, r)
  from notify.notification_retry_policy as r
  where r.enterprise_id = '00000000-0000-0000-0000-000000000000' and r.lane = p_lane
$$;

alter function engine.everybodys_retry_delay(text, integer, interval, text) owner to notify_engine;
comment on function engine.everybodys_retry_delay(text, integer, interval, text) is
'How long an errand waits before its next attempt.';
