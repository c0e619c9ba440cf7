-- What an answer to a cancellation means. STOPPED and NOTHING_TO_STOP are definite; the others as for deliveries (see engine.judge_answer):
-- to be asked again, which does no harm.
create or replace function engine.judge_cancellation(p_status integer, p_body jsonb, p_error_kind text) returns text
language sql
immutable
parallel safe
return case
  when p_error_kind is null and p_status between 200 and 299 and p_body -> 'data' = 'true' then 'STOPPED'
  when p_error_kind is null and p_status between 200 and 299 and p_body -> 'data' = 'false' then 'NOTHING_TO_STOP'
  when p_error_kind is null and p_status = 404 then 'NOTHING_TO_STOP'
  else engine.judge_answer(p_status, null, p_error_kind, false)
end;

alter function engine.judge_cancellation(integer, jsonb, text) owner to notify_engine;
comment on function engine.judge_cancellation(integer, jsonb, text) is
'What an answer of Novu to a cancellation means: STOPPED, NOTHING_TO_STOP, or as engine.judge_answer.';
