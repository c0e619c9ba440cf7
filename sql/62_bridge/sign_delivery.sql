-- The signed id of a delivery, which in bridge mode goes to Novu instead of the content, and by which the bridge knows the enterprise
-- and the delivery when Novu asks for a step: enterprise/notification/number/signature. The signature is HMAC-SHA256 over the target
-- and the id: an id that was made for one Novu environment is of no use in another.
create or replace function engine.sign_delivery(
  p_target text,
  p_enterprise_id uuid,
  p_notification_id uuid,
  p_number integer
) returns text
language sql
stable
parallel safe
return (
  select d.id || '/' || engine.delivery_signature(k, d.target, d.id)
  from (
    select
      p_target as target,
      engine.request_id(p_enterprise_id, p_notification_id, p_number) as id
  ) as d
  cross join notify.notification_bridge_key as k
  where k.accepted_until is null
);

alter function engine.sign_delivery(text, uuid, uuid, integer) owner to notify_engine;
comment on function engine.sign_delivery(text, uuid, uuid, integer) is 'The signed id of a delivery for the bridge of a target.';
