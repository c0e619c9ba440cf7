-- What a job of Novu's says became of a step, as the status of a receipt; null: nothing yet. A step that is left out reads `canceled`, with a
-- detail that says so. Its texts are what Novu's words are for those who read them.
create or replace function engine.read_job(p_job jsonb) returns text
language sql
immutable
parallel safe
return case
  when p_job ->> 'status' = 'completed' then 'DISPATCHED'
  when p_job ->> 'status' = 'failed' then 'FAILED'
  when p_job ->> 'status' in ('pending', 'queued', 'running', 'delayed') then null
  when
    p_job ->> 'status' = 'skipped'
    or (
      p_job ->> 'status' = 'canceled'
      and jsonb_path_exists(p_job, '$.executionDetails[*] ? (@.detail like_regex "skipped" flag "i")')
    )
    then 'SKIPPED'
  else 'UNKNOWN'
end;

alter function engine.read_job(jsonb) owner to notify_engine;
comment on function engine.read_job(jsonb) is 'What a job of Novu''s says became of a step; null: nothing yet.';
