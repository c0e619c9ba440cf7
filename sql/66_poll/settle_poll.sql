-- What follows from an answer that says something, and from one that says nothing: the next page at once; else the lane's next time, with
-- the next question once every recipient's jobs are done; else, when nothing more is to be learnt or the schedule is at its end, no more.
create or replace function engine.settle_poll(p_poll notify.notification_poll, p_verdict text, p_body jsonb)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  c_pages constant integer := 20; -- 100 recipients, should Novu give 10 a page, and as many again
  v_receipts engine.receipt[] := case when p_verdict = 'ANSWERED' then engine.read_poll(p_poll, p_body -> 'data') else '{}' end;
  v_known engine.receipt[] := array(select r::engine.receipt from unnest(v_receipts) as r where r.receipt_status is not null);
  v_is_incomplete boolean := p_poll.is_incomplete or cardinality(v_known) < cardinality(v_receipts);
  v_next interval := engine.next_ask(p_poll.lane, notify.now() - p_poll.sent_at);
begin
  perform engine.record_receipts(v_known);
  update notify.notification_delivery as d
  set receipts_asked_at = notify.now()
  where
    d.enterprise_id = p_poll.enterprise_id
    and d.notification_id = p_poll.notification_ids[1]
    and d.number = p_poll.numbers[1];
  if p_verdict = 'ANSWERED' and p_poll.page < c_pages and (
    p_body -> 'hasMore' = 'true' or (p_poll.question = 'MESSAGES' and jsonb_array_length(p_body -> 'data') >= 100)
  ) then
    update notify.notification_poll as p
    set claimed_by = null, due_at = notify.now(), page = p.page + 1, is_incomplete = v_is_incomplete
    where p.enterprise_id = p_poll.enterprise_id and p.poll_id = p_poll.poll_id;
  elsif v_next is null or engine.is_told(p_poll.enterprise_id, p_poll.notification_ids[1], p_poll.numbers[1]) then
    delete from notify.notification_poll as p
    where p.enterprise_id = p_poll.enterprise_id and p.poll_id = p_poll.poll_id;
  else
    update notify.notification_poll as p
    set
      claimed_by = null, is_chosen = false, due_at = p.sent_at + v_next, page = 0, is_incomplete = false, failure_count = 0,
      question = case
        when not v_is_incomplete and engine.is_dispatched(p.enterprise_id, p.notification_ids[1], p.numbers[1]) then 'MESSAGES'
        else p.question
      end
    where p.enterprise_id = p_poll.enterprise_id and p.poll_id = p_poll.poll_id;
  end if;
end
$$;

alter function engine.settle_poll(notify.notification_poll, text, jsonb) owner to notify_engine;
comment on function engine.settle_poll(notify.notification_poll, text, jsonb) is 'What follows from an answer to a poll.';
