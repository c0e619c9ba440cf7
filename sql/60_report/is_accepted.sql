-- Whether Novu took every one of a call's events: an answer for each, and each says so.
create or replace function engine.is_accepted(p_status integer, p_error jsonb, p_data jsonb, p_count integer)
returns boolean
language sql
immutable
parallel safe
return coalesce(
  p_status between 200 and 299
  and p_error is null
  and jsonb_typeof(p_data) = 'array'
  and jsonb_array_length(p_data) = p_count
  and jsonb_array_length(
    jsonb_path_query_array(p_data, 'strict $[*] ? (@.status == "processed" && @.acknowledged == true)')
  ) = p_count,
  false
);

alter function engine.is_accepted(integer, jsonb, jsonb, integer) owner to notify_engine;
comment on function engine.is_accepted(integer, jsonb, jsonb, integer) is
'Whether Novu took every one of a call''s events.';
