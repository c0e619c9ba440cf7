-- The signature of a delivery's id for a target, by a key: HMAC-SHA256 in hexadecimal. A parsed body, so that it is inlined.
create or replace function engine.delivery_signature(
  p_key notify.notification_bridge_key, p_target text, p_id text
) returns text
language sql
stable
parallel safe
return encode(
  sha256(p_key.outer_key || sha256(p_key.inner_key || convert_to(p_target || '/' || p_id, 'UTF8'))), 'hex'
);

alter function engine.delivery_signature(notify.notification_bridge_key, text, text) owner to notify_engine;
comment on function engine.delivery_signature(notify.notification_bridge_key, text, text) is 'The signature of a delivery''s id for a target.';
