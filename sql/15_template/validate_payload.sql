-- Wraps the Python function of the same purpose, which only its owner may call: for notify.validate_payload.
create or replace function template.validate_payload(p_schema text, p_payload text) returns jsonb
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select template.py_validate_payload(p_schema, p_payload)::jsonb
$$;

alter function template.validate_payload(text, text) owner to notify_owner;
comment on function template.validate_payload(text, text) is
'What of a payload breaks a JSON Schema, as an array of {"path", "rule", "message"}; empty when nothing does. Each message names the path.';
