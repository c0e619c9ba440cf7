-- How long until the next attempt: what Novu asked for, or twice as long each time, as the policy says, with jitter so that what
-- failed together does not come back together. After an answer that never came, longer than the request can still be under way;
-- while Novu is away, at most a minute, so that all goes on soon after it is back.
drop function if exists engine.retry_delay(text, integer, interval); -- as it was before there were policies
create or replace function engine.retry_delay(
  p_verdict text,
  p_count integer,
  p_retry_after interval,
  p_policy notify.notification_retry_policy
) returns interval
language sql
volatile
parallel safe
return case
  when p_verdict in ('RELEASE', 'SPLIT', 'DIVIDE') then interval '0'
  when p_verdict = 'STOP' then interval '30 seconds' * (0.75 + random() / 2)
  when p_verdict = 'AWAY'
    then least(interval '1 second' * least(60, 2 ^ least(p_count, 6)), (p_policy).longest_delay) * (0.5 + random() / 2)
  else greatest(
    least(coalesce(p_retry_after, interval '0'), interval '15 minutes'),
    case when p_verdict = 'AMBIGUOUS' then interval '10 seconds' else interval '0' end,
    least((p_policy).first_delay * 2 ^ least(p_count - 1, 20), (p_policy).longest_delay / (1 + (p_policy).jitter))
    * (1 - (p_policy).jitter + (p_policy).jitter * 2 * random())
  )
end;

alter function engine.retry_delay(text, integer, interval, notify.notification_retry_policy) owner to notify_engine;
comment on function engine.retry_delay(text, integer, interval, notify.notification_retry_policy) is 'How long a delivery waits before its next attempt.';
