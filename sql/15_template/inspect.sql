-- Wraps the Python function of the same purpose, which only its owner may call.
create or replace function template.inspect(p_source text) returns jsonb
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select template.py_inspect(p_source)::jsonb
$$;

alter function template.inspect(text) owner to notify_owner;
comment on function template.inspect(text) is
'What a template uses: {"includes": the keys that it gives to xnovu_render, "variables": the names that it needs and has no default for, "error"}.';
