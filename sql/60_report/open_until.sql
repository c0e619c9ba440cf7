-- Until when a target's breaker stays open after a report without a success, the p_count-th in a row; null: it stays closed.
create or replace function engine.open_until(p_verdict text, p_count integer, p_retry_after interval)
returns timestamptz
language sql
stable
parallel safe
return notify.now() + case
  when p_verdict = 'STOP' then interval '30 seconds'
  when p_verdict = 'AWAY' then interval '1 second' * least(30, 2 ^ least(p_count - 1, 5))
  when p_retry_after is not null then least(p_retry_after, interval '15 minutes')
  when p_count >= 5 then interval '1 second' * least(30, 2 ^ least(p_count - 5, 5))
end;

alter function engine.open_until(text, integer, interval) owner to notify_engine;
comment on function engine.open_until(text, integer, interval) is 'Until when a breaker stays open after a failed report; null: it stays closed.';
