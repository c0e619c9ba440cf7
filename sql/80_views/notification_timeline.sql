-- What happened to a notification, in order: its creation and transitions, what became of each delivery, what Novu was asked to cancel, and
-- receipts by channel. Ask for one notification_id; no recipient is named.
create or replace view notify.notification_timeline with (security_invoker = true) as
select
  n.enterprise_id,
  n.id as notification_id,
  n.created_at as happened_at,
  'CREATED' as event,
  null::integer as number,
  null::text as channel_type,
  null::bigint as recipient_count,
  null::text as actor,
  case when n.scheduled_for > n.created_at then 'not before ' || n.scheduled_for::text end as detail
from notify.ent_notification as n
union all
select
  h.enterprise_id,
  h.notification_id,
  h.happened_at,
  case when h.from_status = h.to_status then 'NOTED' when h.to_status = 'PENDING' then 'REPLAYED' else h.to_status end,
  null,
  null,
  null,
  h.actor,
  h.reason
from notify.notification_history as h
union all
select
  d.enterprise_id,
  d.notification_id,
  coalesce(d.finished_at, d.due_at),
  'DELIVERY ' || case d.delivery_status when 'OPEN' then 'DUE' else d.delivery_status end,
  d.number,
  null,
  d.recipient_count,
  null,
  concat_ws(
    ', ',
    case d.attempt when 0 then null when 1 then '1 attempt' else d.attempt || ' attempts' end,
    'HTTP ' || d.http_status,
    d.error_details ->> 'message'
  )
from notify.notification_delivery as d
where d.finished_at is not null or d.due_at is not null
union all
select
  c.enterprise_id,
  c.notification_id,
  coalesce(c.finished_at, c.requested_at),
  'CANCELLATION ' || case c.cancellation_status when 'OPEN' then 'REQUESTED' else c.cancellation_status end,
  c.number,
  null,
  null,
  null,
  c.error_details ->> 'message'
from notify.notification_cancellation as c
union all
select
  r.enterprise_id,
  r.notification_id,
  max(r.happened_at),
  'RECEIPT ' || r.receipt_status,
  r.number,
  r.channel_type,
  count(*),
  'Novu',
  case when count(*) > 1 then 'the first at ' || min(r.happened_at)::text end
from notify.notification_receipt as r
group by r.enterprise_id, r.notification_id, r.number, r.channel_type, r.receipt_status;

alter view notify.notification_timeline owner to notify_owner;
grant select on notify.notification_timeline to notify_platform, notify_analyst, notify_analyst_all, notify_admin;
comment on view notify.notification_timeline is 'What happened to a notification, a row an event: where notification_id = ''…'' order by happened_at.';
comment on column notify.notification_timeline.enterprise_id is 'Whose it is.';
comment on column notify.notification_timeline.notification_id is 'The notification.';
comment on column notify.notification_timeline.happened_at is 'When; of receipts, when the last of them was; of what is due, when that is.';
comment on column notify.notification_timeline.event is 'CREATED; PROCESSING, SENT, FAILED, RETRACTED or REPLAYED; NOTED (something is told of it); DELIVERY, CANCELLATION or RECEIPT with its state.';
comment on column notify.notification_timeline.number is 'The delivery within the notification; null: the whole of it.';
comment on column notify.notification_timeline.channel_type is 'The channel of receipts.';
comment on column notify.notification_timeline.recipient_count is 'How many recipients the delivery has, or the receipts tell of.';
comment on column notify.notification_timeline.actor is 'Who: a worker by name, a login, or Novu.';
comment on column notify.notification_timeline.detail is 'Why, or what more is known.';
