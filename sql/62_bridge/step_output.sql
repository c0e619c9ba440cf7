-- What a step gives: its outputs, or that Novu is to skip it. As Novu's protocol has it; the duration is that of this statement.
create or replace function engine.step_output(p_outputs json) returns http_v1.answer
language sql
stable
parallel safe
return (
  200,
  null,
  json_build_object(
    'outputs', coalesce(p_outputs, '{}'),
    'providers', '{}'::json,
    'options', json_build_object('skip', p_outputs is null),
    'metadata', json_build_object(
      'status', 'success',
      'error', false,
      'duration', (extract(epoch from clock_timestamp() - statement_timestamp()) * 1000)::double precision
    )
  )::text
)::http_v1.answer;

alter function engine.step_output(json) owner to notify_engine;
comment on function engine.step_output(json) is 'The answer with a step''s outputs; null: Novu is to skip it.';
