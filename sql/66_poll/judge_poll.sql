-- What an answer to a poll is: ANSWERED, with a list; NOTHING, where Novu knows nothing of the event (yet); or as engine.judge_answer: to be asked
-- again. A list that is none, as of something that is no Novu, is AMBIGUOUS.
create or replace function engine.judge_poll(p_status integer, p_body jsonb, p_error_kind text) returns text
language sql
immutable
parallel safe
return case
  when p_error_kind is null and p_status = 200 and jsonb_typeof(p_body -> 'data') = 'array'
    then case when p_body -> 'data' = '[]' then 'NOTHING' else 'ANSWERED' end
  when p_error_kind is null and p_status = 404 then 'NOTHING'
  when p_error_kind is null and p_status between 200 and 299 then 'AMBIGUOUS'
  else engine.judge_answer(p_status, null, p_error_kind, false)
end;

alter function engine.judge_poll(integer, jsonb, text) owner to notify_engine;
comment on function engine.judge_poll(integer, jsonb, text) is
'What an answer of Novu to a poll is: ANSWERED, NOTHING, or as engine.judge_answer.';
