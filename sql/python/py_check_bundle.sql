-- The template engine's check of all that a workflow needs. Only its owner may call it.
create or replace function template.py_check_bundle(p_bundle text) returns text
language plpython3u
stable
as $python$
# @template_engine
import json
return json.dumps(engine.check_bundle(p_bundle))
$python$;

alter function template.py_check_bundle(text) owner to notify_owner;
revoke all on function template.py_check_bundle(text) from public;
comment on function template.py_check_bundle(text) is 'The template engine in Python: call template.check_bundle.';
