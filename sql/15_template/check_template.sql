-- Wraps the Python function of the same purpose, which only its owner may call: for notify.check_template.
create or replace function template.check_template(p_template json) returns jsonb
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select template.py_check_template(p_template::text)::jsonb
$$;

alter function template.check_template(json) owner to notify_owner;
comment on function template.check_template(json) is
'What is wrong with one template, {"channel", "key", "locale", "subject", "body", "extras", "variables_description"}, by itself: an array of {"severity", "code", "message", "field", "line", "column", "hint"}.';
