-- Imports the template engine into a backend: the one function that carries its sources. The others call it when they find it missing.
create or replace function template.py_engine() returns void
language plpython3u
stable
as $python$
# @template_engine_sources
$python$;

alter function template.py_engine() owner to notify_owner;
revoke all on function template.py_engine() from public;
comment on function template.py_engine() is 'Imports the template engine into this backend; the other functions call it.';
