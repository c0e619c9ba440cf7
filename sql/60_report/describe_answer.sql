-- What went wrong, as error details: in Novu's words where it had any, without the people in them.
create or replace function engine.describe_answer(
  p_verdict text,
  p_status integer,
  p_event jsonb,
  p_body jsonb,
  p_error jsonb
) returns jsonb
language sql
stable
parallel safe
return case
  when p_verdict in ('SENT', 'RELEASE') then null
  when p_error is not null
    then jsonb_build_object(
      'code', 'novu_' || (p_error ->> 'kind'),
      'message', 'Novu did not answer: ' || coalesce(p_error ->> 'message', p_error ->> 'kind')
    )
  else jsonb_build_object(
    'code', 'novu_' || lower(p_verdict),
    'http_status', p_status,
    'message', 'Novu answered ' || p_status || coalesce(': ' || left(
      engine.mask_people(coalesce(
        p_event -> 'error' ->> 0,
        p_event ->> 'status',
        p_body #>> '{errors,general,messages,0}',
        (p_body #>> '{errors,0,field}') || ' ' || (p_body #>> '{errors,0,message}'),
        p_body ->> 'message',
        p_body ->> 'type',
        p_body #>> '{}'
      )), 300
    ), '')
  )
end;

alter function engine.describe_answer(text, integer, jsonb, jsonb, jsonb) owner to notify_engine;
comment on function engine.describe_answer(text, integer, jsonb, jsonb, jsonb) is 'What went wrong with an event, as error details.';
