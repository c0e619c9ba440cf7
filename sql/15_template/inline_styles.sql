-- Wraps the Python function of the same purpose, which only its owner may call: for what is done when a template is saved.
create or replace function template.inline_styles(p_body text) returns text
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select template.py_inline_styles(p_body)
$$;

alter function template.inline_styles(text) owner to notify_owner;
comment on function template.inline_styles(text) is
'The body of an e-mail with the rules of its style tags in the style attributes of its tags, else unchanged; null where there are none, or where it can not be done.';
