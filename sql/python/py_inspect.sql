-- The template engine's look at one template: what it includes. Only its owner may call it.
create or replace function template.py_inspect(p_source text) returns text
language plpython3u
stable
as $python$
# @template_engine
import json
return json.dumps(engine.inspect(p_source))
$python$;

alter function template.py_inspect(text) owner to notify_owner;
revoke all on function template.py_inspect(text) from public;
comment on function template.py_inspect(text) is 'The template engine in Python: call template.find_includes.';
