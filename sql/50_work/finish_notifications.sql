-- Makes these notifications final, where none of their deliveries is open any more: SENT if all were, FAILED otherwise, with the
-- first failure's reason and the counts. The caller holds their locks, so two last reports at once can't miss each other. Looks for an
-- open one from the end, where it is found at once: counting 10,000 at each report would take longer than all else. The first
-- delivery's and the first failure's facts are looked up by their index: an aggregate with an order sets up a sort for each notification.
create or replace function engine.finish_notifications(p_worker text, p_keys engine.notification_key[]) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_dead_lanes text[];
begin
  with tally as (
    select
      d.enterprise_id, d.notification_id,
      min(d.lane) as lane,
      count(*) as delivery_count,
      count(*) filter (where d.delivery_status = 'SENT') as sent_count,
      count(*) filter (where d.delivery_status = 'FAILED') as failed_count
    from (select distinct k.enterprise_id, k.notification_id from unnest(p_keys) as k) as k
    inner join notify.notification_delivery as d
      on k.enterprise_id = d.enterprise_id and k.notification_id = d.notification_id
    where (
      select o.number
      from notify.notification_delivery as o
      where o.enterprise_id = k.enterprise_id and o.notification_id = k.notification_id and o.delivery_status = 'OPEN'
      order by o.number desc
      limit 1
    ) is null
    group by d.enterprise_id, d.notification_id
  ),
  finished as (
    update notify.ent_notification as n
    set
      notification_status = case when t.failed_count = 0 then 'SENT' else 'FAILED' end,
      processed_at = notify.now(),
      transaction_id = case
        when t.sent_count > 0
          then (
            select d.transaction_id
            from notify.notification_delivery as d
            where d.enterprise_id = t.enterprise_id and d.notification_id = t.notification_id
            order by d.number
            limit 1
          )
      end,
      error_details = case
        when t.failed_count > 0
          then (
            select d.error_details
            from notify.notification_delivery as d
            where
              d.enterprise_id = t.enterprise_id
              and d.notification_id = t.notification_id
              and d.delivery_status = 'FAILED'
            order by d.number
            limit 1
          ) || jsonb_build_object(
            'delivery_count', t.delivery_count, 'sent_count', t.sent_count, 'failed_count', t.failed_count
          )
      end
    from tally as t
    where
      n.enterprise_id = t.enterprise_id
      and n.id = t.notification_id
      and n.notification_status in ('PENDING', 'PROCESSING')
    returning n.enterprise_id, n.id, n.notification_status, n.rendered_at, n.error_details, t.lane
  ),
  written as (
    insert into notify.notification_history
      (enterprise_id, notification_id, happened_at, from_status, to_status, actor, reason)
    select
      f.enterprise_id, f.id, notify.now(),
      case when f.rendered_at is null then 'PENDING' else 'PROCESSING' end,
      f.notification_status, p_worker, f.error_details ->> 'message'
    from finished as f
  )
  select array_agg(f.lane) into v_dead_lanes
  from finished as f
  where f.notification_status = 'FAILED';
  if v_dead_lanes is not null then
    perform engine.measure_dead(v_dead_lanes);
  end if;
end
$$;

alter function engine.finish_notifications(text, engine.notification_key[]) owner to notify_engine;
comment on function engine.finish_notifications(text, engine.notification_key[]) is
'Moves notifications without an open delivery to SENT or FAILED.';
