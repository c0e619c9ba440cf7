-- Wraps the Python function of the same purpose, which only its owner may call: for notify.publish.
create or replace function template.find_includes(p_source text) returns text[]
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select case
    when p_source is null then '{}'
    else array(select json_array_elements_text(template.py_inspect(p_source)::json -> 'includes'))
  end
$$;

alter function template.find_includes(text) owner to notify_owner;
comment on function template.find_includes(text) is 'The keys that a template includes by xnovu_render, sorted.';
