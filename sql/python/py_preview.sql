-- The template engine's look at what would be sent. Only its owner may call it.
create or replace function template.py_preview(
  p_bundle text,
  p_payload text,
  p_context text,
  p_channels text
) returns text
language plpython3u
stable
as $python$
# @template_engine
import json
return json.dumps(engine.preview(p_bundle, p_payload, p_context, p_channels))
$python$;

alter function template.py_preview(text, text, text, text) owner to notify_owner;
revoke all on function template.py_preview(text, text, text, text) from public;
comment on function template.py_preview(text, text, text, text) is 'The template engine in Python: call template.preview.';
