-- The template engine's check of a payload against a schema. Only its owner may call it.
create or replace function template.py_validate_payload(p_schema text, p_payload text) returns text
language plpython3u
stable
as $python$
# @template_engine
import json
return json.dumps(engine.list_faults(p_schema, p_payload))
$python$;

alter function template.py_validate_payload(text, text) owner to notify_owner;
revoke all on function template.py_validate_payload(text, text) from public;
comment on function template.py_validate_payload(text, text) is 'The template engine in Python: call template.validate_payload.';
