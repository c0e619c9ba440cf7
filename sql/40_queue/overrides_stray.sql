-- Whether overrides reach for what is not the enterprise's own: on a Novu environment that enterprises share, these keys choose
-- other recipients, senders, integrations, layouts or provider topics, wherever in the object they stand.
create or replace function engine.overrides_stray(p_overrides jsonb) returns boolean
language sql
immutable
parallel safe
return jsonb_path_exists(
  p_overrides,
  '$.** ? (@.type() == "object").keyvalue() ? (
    @.key == "to" || @.key == "cc" || @.key == "bcc" || @.key == "from" || @.key == "replyTo"
    || @.key == "integrationIdentifier" || @.key like_regex "^layout" || @.key == "providers" || @.key == "steps"
    || @.key == "workflow" || @.key == "subscriber" || @.key == "topic" || @.key == "_passthrough"
  )'
);

alter function engine.overrides_stray(jsonb) owner to notify_engine;
comment on function engine.overrides_stray(jsonb) is 'Whether overrides name what belongs to all enterprises of a Novu environment.';
