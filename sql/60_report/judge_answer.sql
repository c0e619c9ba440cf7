-- What Novu's answer to one event means. The table of answers is Novu's documentation, checked on a running server:
-- SENT: accepted. REFUSED: never will be. SPLIT: refused with others, so alone next time. RETRY: not taken, may pass later.
-- AMBIGUOUS: may have been taken, so the same transactionId again, but not before the request can be over. STOP: nothing passes
-- until somebody mends the key, the plan or the URL. AWAY: Novu can't be reached. RELEASE: was not sent at all. The last three do
-- not count against the delivery: it waits until they are over.
create or replace function engine.judge_answer(
  p_status integer,
  p_event jsonb,
  p_error_kind text,
  p_is_bulk boolean
) returns text
language sql
immutable
parallel safe
return case
  when p_error_kind = 'not_sent' then 'RELEASE'
  when p_error_kind = 'connect' then 'AWAY'
  when p_error_kind is not null or p_status is null then 'AMBIGUOUS'
  when p_status between 200 and 299
    then case
      when p_event ->> 'status' = 'processed' and p_event ->> 'acknowledged' = 'true' then 'SENT'
      when p_event ->> 'status' is null then 'AMBIGUOUS'
      else 'REFUSED'
    end
  when p_status in (401, 402, 403, 404, 405) or p_status between 300 and 399 then 'STOP'
  when p_status in (408, 409, 425, 429, 503) then 'RETRY'
  when p_status between 400 and 499 then case when p_is_bulk then 'SPLIT' else 'REFUSED' end
  else 'AMBIGUOUS'
end;

alter function engine.judge_answer(integer, jsonb, text, boolean) owner to notify_engine;
comment on function engine.judge_answer(integer, jsonb, text, boolean) is
'What an answer of Novu means for one event: SENT, REFUSED, SPLIT, RETRY, AMBIGUOUS, STOP, AWAY or RELEASE.';
