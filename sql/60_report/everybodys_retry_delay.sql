-- The retry delay of what is no delivery of an enterprise's: by everybody's policy for the lane normal.
create or replace function engine.everybodys_retry_delay(p_verdict text, p_count integer, p_retry_after interval)
returns interval
language sql
volatile
set search_path = pg_catalog, pg_temp
as $$
  select engine.retry_delay(p_verdict, p_count, p_retry_after, r)
  from notify.notification_retry_policy as r
  where r.enterprise_id = '00000000-0000-0000-0000-000000000000' and r.lane = 'normal'
$$;

alter function engine.everybodys_retry_delay(text, integer, interval) owner to notify_engine;
comment on function engine.everybodys_retry_delay(text, integer, interval) is
'How long what belongs to no enterprise waits before its next attempt.';
