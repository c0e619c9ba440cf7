-- The template engine's inlining of styles. Only its owner may call it.
create or replace function template.py_inline_styles(p_body text) returns text
language plpython3u
stable
as $python$
# @template_engine
return engine.inline_styles(p_body)[0]
$python$;

alter function template.py_inline_styles(text) owner to notify_owner;
revoke all on function template.py_inline_styles(text) from public;
comment on function template.py_inline_styles(text) is 'The template engine in Python: call template.inline_styles.';
