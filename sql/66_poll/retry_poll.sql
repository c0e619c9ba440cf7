-- A poll that got no answer that says anything is tried again at everybody's pace for its lane, as long as its schedule is not over; then it
-- is dropped. Returns whether it is tried again.
create or replace function engine.retry_poll(p_poll notify.notification_poll, p_verdict text, p_retry_after interval)
returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_is_failure boolean := p_verdict <> 'RELEASE';
begin
  if v_is_failure and engine.next_ask(p_poll.lane, (notify.now() - p_poll.sent_at) / 2) is null then
    delete from notify.notification_poll as p
    where p.enterprise_id = p_poll.enterprise_id and p.poll_id = p_poll.poll_id;
    return false;
  end if;
  update notify.notification_poll as p
  set
    claimed_by = null,
    is_chosen = false,
    failure_count = p.failure_count + v_is_failure::integer,
    due_at = notify.now() + case
      when v_is_failure then engine.everybodys_retry_delay(p_verdict, p.failure_count + 1, p_retry_after, p.lane)
      else interval '0'
    end
  where p.enterprise_id = p_poll.enterprise_id and p.poll_id = p_poll.poll_id;
  return true;
end
$$;

alter function engine.retry_poll(notify.notification_poll, text, interval) owner to notify_engine;
comment on function engine.retry_poll(notify.notification_poll, text, interval) is 'Has a poll tried again that got no answer; false: its schedule is over, and it is dropped.';
