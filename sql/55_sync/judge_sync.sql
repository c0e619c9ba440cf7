-- What an answer about a workflow means. DONE; MISSING: it is not there, which is an answer; REFUSED: Novu won't have it so, until
-- it is published anew or asked again; the others as for deliveries (see engine.judge_answer): again later.
create or replace function engine.judge_sync(p_step text, p_status integer, p_error_kind text, p_workflow jsonb)
returns text
language sql
immutable
parallel safe
return case
  when p_error_kind = 'not_sent' then 'RELEASE'
  when p_error_kind = 'connect' then 'AWAY'
  when p_error_kind is not null or p_status is null then 'AMBIGUOUS'
  when p_status between 200 and 299
    -- such as the page of a proxy
    then case
      when p_step in ('LOOK', 'CREATE', 'UPDATE') and p_workflow ->> 'workflowId' is null then 'AMBIGUOUS'
      else 'DONE'
    end
  when p_status = 404 and p_step in ('LOOK', 'DELETE', 'REMOVE') then 'MISSING'
  when p_status = 404 and p_step in ('UPDATE', 'SWITCH') then 'RETRY' -- gone since we looked
  when p_status in (401, 402, 403, 404, 405) or p_status between 300 and 399 then 'STOP'
  when p_status in (408, 409, 425, 429, 503) then 'RETRY'
  when p_status between 400 and 499 then 'REFUSED'
  else 'AMBIGUOUS'
end;

alter function engine.judge_sync(text, integer, text, jsonb) owner to notify_engine;
comment on function engine.judge_sync(text, integer, text, jsonb) is
'What an answer of Novu about a workflow means: DONE, MISSING, REFUSED, RETRY, AMBIGUOUS, STOP, AWAY or RELEASE.';
