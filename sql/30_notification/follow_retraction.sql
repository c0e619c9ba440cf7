-- What follows from a retraction for deliveries that are in no worker's hands any more: p_numbers, or all of them. What Novu took or may
-- have taken is to be cancelled there, and its recipients get the correction, if there is one: who may have heard a false alarm must hear
-- that it was one, whatever becomes of the cancellation. Returns the id of the correction; null: none was made. Called by notify.retract
-- and, when a worker reports what it had in hand, by the engine: with the rights of either. The caller holds the notification's lock.
-- Where an answer never came the request may be under way still, so Novu is asked as late as it would be sent that event again.
create or replace function notify.follow_retraction(
  p_enterprise_id uuid,
  p_notification_id uuid,
  p_numbers integer[] default null
)
returns uuid
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_reached uuid[];
  v_id uuid;
begin
  insert into notify.notification_cancellation
    (enterprise_id, notification_id, transaction_id, number, lane, target, due_at)
  select
    d.enterprise_id, d.notification_id, t.transaction_id, d.number, d.lane, coalesce(d.target, 'default'),
    notify.now() + case when t.is_sent then interval '0' else interval '10 seconds' end
  from notify.notification_delivery as d
  cross join lateral (
    select d.transaction_id, true as is_sent
    where d.delivery_status = 'SENT'
    union all
    select u.transaction_id, false
    from unnest(d.doubtful_ids) as u (transaction_id)
    where d.delivery_status <> 'SENT' or u.transaction_id <> d.transaction_id
  ) as t
  where
    d.enterprise_id = p_enterprise_id
    and d.notification_id = p_notification_id
    and (p_numbers is null or d.number = any(p_numbers))
    and d.delivery_status <> 'OPEN'
  on conflict do nothing;

  v_reached := array(
    select r.recipient
    from notify.notification_delivery as d
    cross join lateral unnest(d.recipients) with ordinality as r (recipient, place)
    where
      d.enterprise_id = p_enterprise_id
      and d.notification_id = p_notification_id
      and (p_numbers is null or d.number = any(p_numbers))
      and (d.delivery_status = 'SENT' or (d.delivery_status <> 'OPEN' and d.doubtful_ids is not null))
    order by d.number, r.place
  );
  if cardinality(v_reached) = 0 then
    return null;
  end if;
  insert into notify.ent_notification (
    enterprise_id, corrects_id, recipients, channels, workflow_key, payload, name, priority,
    building, time_zone, locale, is_drill, is_test
  )
  select
    n.enterprise_id, n.id, v_reached, n.rendered_channels, n.correction ->> 'workflow_key', n.correction -> 'payload',
    n.correction ->> 'name', n.correction ->> 'priority', n.building, n.time_zone, n.locale, n.is_drill, n.is_test
  from notify.ent_notification as n
  where n.enterprise_id = p_enterprise_id and n.id = p_notification_id and n.correction is not null
  returning id into v_id;
  if v_id is not null then
    update notify.ent_notification as n
    set correction_ids = array_append(n.correction_ids, v_id)
    where n.enterprise_id = p_enterprise_id and n.id = p_notification_id;
  end if;
  return v_id;
end
$$;

alter function notify.follow_retraction(uuid, uuid, integer[]) owner to notify_owner;
grant execute on function notify.follow_retraction(uuid, uuid, integer[]) to notify_engine;
comment on function notify.follow_retraction(uuid, uuid, integer[]) is
'Cancels at Novu what it has of a retracted notification, and sends the correction to whom it may have reached; called by notify.retract and by the engine.';
