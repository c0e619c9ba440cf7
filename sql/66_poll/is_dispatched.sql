-- Whether there is a receipt for each recipient of a delivery: then Novu's jobs have said what they can.
create or replace function engine.is_dispatched(p_enterprise_id uuid, p_notification_id uuid, p_number integer)
returns boolean
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select d.recipient_count <= (
    select count(distinct r.recipient)
    from notify.notification_receipt as r
    where r.enterprise_id = d.enterprise_id and r.notification_id = d.notification_id and r.number = d.number
  )
  from notify.notification_delivery as d
  where d.enterprise_id = p_enterprise_id and d.notification_id = p_notification_id and d.number = p_number
$$;

alter function engine.is_dispatched(uuid, uuid, integer) owner to notify_engine;
comment on function engine.is_dispatched(uuid, uuid, integer) is 'Whether there is a receipt for each recipient of a delivery.';
