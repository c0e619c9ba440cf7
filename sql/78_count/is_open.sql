-- Whether a notification may still change by itself: it is not final, or a worker has a delivery of it in hand although it is. What is not
-- open changes by a replay, a retraction or pruning only, which mark its day.
create or replace function engine.is_open(p_enterprise_id uuid, p_notification_id uuid, p_status text) returns boolean
language sql
stable
return p_status in ('PENDING', 'PROCESSING') or exists (
  select
  from notify.notification_delivery as d
  where d.enterprise_id = p_enterprise_id and d.notification_id = p_notification_id and d.delivery_status = 'OPEN'
);

alter function engine.is_open(uuid, uuid, text) owner to notify_engine;
comment on function engine.is_open(uuid, uuid, text) is 'Whether a notification may still change by itself.';
