-- The template engine's check of one template by itself. Only its owner may call it.
create or replace function template.py_check_template(p_template text) returns text
language plpython3u
stable
as $python$
# @template_engine
import json
return json.dumps(engine.check_template(json.loads(p_template)))
$python$;

alter function template.py_check_template(text) owner to notify_owner;
revoke all on function template.py_check_template(text) from public;
comment on function template.py_check_template(text) is 'The template engine in Python: call template.check_template.';
