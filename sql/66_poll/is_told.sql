-- Whether there is nothing more to be learnt of a delivery: of each recipient, for each channel that was rendered, there is a receipt that
-- is final, whoever brought it.
create or replace function engine.is_told(p_enterprise_id uuid, p_notification_id uuid, p_number integer)
returns boolean
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(sum(engine.is_final_receipt(r.channel_type, r.receipt_status)::integer), 0) >= w.wanted
  from (
    select d.recipient_count * coalesce(cardinality(n.rendered_channels), 1) as wanted
    from notify.notification_delivery as d
    inner join notify.ent_notification as n on d.enterprise_id = n.enterprise_id and d.notification_id = n.id
    where d.enterprise_id = p_enterprise_id and d.notification_id = p_notification_id and d.number = p_number
  ) as w
  left join notify.notification_receipt as r
    on r.enterprise_id = p_enterprise_id and r.notification_id = p_notification_id and r.number = p_number
  group by w.wanted
$$;

alter function engine.is_told(uuid, uuid, integer) owner to notify_engine;
comment on function engine.is_told(uuid, uuid, integer) is 'Whether there is nothing more to be learnt of a delivery.';
