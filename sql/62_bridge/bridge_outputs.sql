-- What was rendered for a step, as the protocol wants its outputs: a push message has a subject, if an empty one.
create or replace function engine.bridge_outputs(p_step_id text, p_rendered json) returns json
language sql
immutable
parallel safe
return case
  when p_step_id = 'push' and p_rendered is not null and p_rendered ->> 'subject' is null
    then json_build_object('subject', '', 'body', p_rendered ->> 'body')
  else p_rendered
end;

alter function engine.bridge_outputs(text, json) owner to notify_engine;
comment on function engine.bridge_outputs(text, json) is 'What was rendered for a step, as Novu''s protocol wants it.';
