-- The error details of what is too large for Novu, which takes 512 KB an event: content, recipients and overrides together.
create or replace function engine.too_large_fault(p_bytes integer) returns jsonb
language sql
stable
parallel safe
return jsonb_build_object(
  'code', 'content_too_large',
  'message', 'what was rendered has ' || p_bytes::text || ' bytes; Novu takes 512 KB an event'
);

alter function engine.too_large_fault(integer) owner to notify_engine;
comment on function engine.too_large_fault(integer) is 'Error details for a content that is too large for Novu.';
