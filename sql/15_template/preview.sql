-- Wraps the Python function of the same purpose, which only its owner may call: for notify.preview.
create or replace function template.preview(
  p_bundle text,
  p_payload text,
  p_context text,
  p_channels text
) returns jsonb
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select template.py_preview(p_bundle, p_payload, p_context, p_channels)::jsonb
$$;

alter function template.preview(text, text, text, text) owner to notify_owner;
comment on function template.preview(text, text, text, text) is
'What would be sent, channel by channel, with sizes, segments, plain text, the templates used, warnings and errors.';
