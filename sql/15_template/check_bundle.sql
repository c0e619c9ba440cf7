-- Wraps the Python function of the same purpose, which only its owner may call: for notify.publish.
create or replace function template.check_bundle(p_bundle text) returns jsonb
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select template.py_check_bundle(p_bundle)::jsonb
$$;

alter function template.check_bundle(text) owner to notify_owner;
comment on function template.check_bundle(text) is
'What is wrong with a bundle, as an array of {"severity", "code", "message", "template", "field", "line", "column", "hint"}, errors first; empty when nothing is. An error keeps it from being published.';
