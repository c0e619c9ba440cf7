-- The template engine, one call a batch. Pure: reads nothing but its arguments. Only its owner may call it.
create or replace function template.py_render_batch(
  p_bundle_hashes text[],
  p_bundles text[],
  p_item_bundles integer[],
  p_payloads text[],
  p_contexts text[],
  p_channels text[],
  p_budget_ms integer
) returns table (item integer, content text, warnings text, error text)
language plpython3u
volatile
as $python$
# @template_engine
return engine.render_batch(
    p_bundle_hashes, p_bundles, p_item_bundles, p_payloads, p_contexts, p_channels, p_budget_ms
)
$python$;

alter function template.py_render_batch(text[], text[], integer[], text[], text[], text[], integer)
owner to notify_owner;
revoke all on function template.py_render_batch(text[], text[], integer[], text[], text[], text[], integer)
from public;
comment on function template.py_render_batch(text[], text[], integer[], text[], text[], text[], integer) is
'The template engine in Python: call template.render_batch.';
