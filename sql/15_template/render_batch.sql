-- Wraps the Python function of the same purpose, which only its owner may call: for the engine's rendering.
create or replace function template.render_batch(
  p_bundle_hashes text[],
  p_bundles text[],
  p_item_bundles integer[],
  p_payloads text[],
  p_contexts text[],
  p_channels text[],
  p_budget_ms integer
) returns table (item integer, content text, warnings text, error text)
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  select r.item, r.content, r.warnings, r.error
  from template.py_render_batch(
    p_bundle_hashes, p_bundles, p_item_bundles, p_payloads, p_contexts, p_channels, p_budget_ms
  ) as r
$$;

alter function template.render_batch(text[], text[], integer[], text[], text[], text[], integer) owner to notify_owner;
grant execute on function template.render_batch(text[], text[], integer[], text[], text[], text[], integer)
to notify_engine;
comment on function template.render_batch(text[], text[], integer[], text[], text[], text[], integer) is
'Renders a batch: item i uses bundle p_item_bundles[i], its payload, its context and its channels (comma-separated). A row an item: content, or an error, both JSON. Items for which the time budget had no room are missing.';
