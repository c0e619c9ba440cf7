-- What Novu says became of each channel of each notification that it accepted something of: how many of its recipients it has reached
-- there, and how far. Under the caller's own policies and column grants.
create or replace view notify.notification_channel_status with (security_invoker = true) as
select
  n.enterprise_id,
  n.id as notification_id,
  n.name,
  n.workflow_key,
  n.building,
  n.is_drill,
  n.is_test,
  n.created_at,
  c.channel_type,
  d.recipient_count,
  r.dispatched_count,
  r.delivered_count,
  r.seen_count,
  r.read_count,
  r.skipped_count,
  r.failed_count,
  r.unknown_count,
  d.recipient_count - r.receipt_count as silent_count,
  d.unasked_count,
  -- where Novu was asked about some deliveries only, those decide, and whatever else is known
  r.failed_count > 0
  and r.dispatched_count + r.delivered_count + r.seen_count + r.read_count = 0
  and r.failed_count + r.skipped_count
  >= coalesce(nullif(d.recipient_count - d.unasked_count, 0), d.recipient_count) as has_failed_everywhere
from notify.ent_notification as n
cross join lateral unnest(n.rendered_channels) as c (channel_type)
inner join lateral (
  select
    sum(w.recipient_count) as recipient_count,
    coalesce(sum(w.recipient_count) filter (where w.receipts_asked_at is null), 0) as unasked_count
  from notify.notification_delivery as w
  where
    w.enterprise_id = n.enterprise_id
    and w.notification_id = n.id
    and (
      w.delivery_status = 'SENT'
      or exists ( -- it got no answer, and yet Novu tells of it
        select
        from notify.notification_receipt as t
        where t.enterprise_id = w.enterprise_id and t.notification_id = w.notification_id and t.number = w.number
      )
    )
) as d on d.recipient_count > 0
inner join lateral (
  select
    count(*) as receipt_count,
    count(*) filter (where w.receipt_status = 'DISPATCHED') as dispatched_count,
    count(*) filter (where w.receipt_status = 'DELIVERED') as delivered_count,
    count(*) filter (where w.receipt_status = 'SEEN') as seen_count,
    count(*) filter (where w.receipt_status = 'READ') as read_count,
    count(*) filter (where w.receipt_status = 'SKIPPED') as skipped_count,
    count(*) filter (where w.receipt_status = 'FAILED') as failed_count,
    count(*) filter (where w.receipt_status = 'UNKNOWN') as unknown_count
  from notify.notification_receipt as w
  where w.enterprise_id = n.enterprise_id and w.notification_id = n.id and w.channel_type = c.channel_type
) as r on true;

alter view notify.notification_channel_status owner to notify_owner;
grant select on notify.notification_channel_status to notify_platform, notify_analyst, notify_analyst_all, notify_admin;
comment on view notify.notification_channel_status is 'What Novu says became of each channel of a notification: a row a notification and channel. Each recipient is counted once a channel, where it has come to.';
comment on column notify.notification_channel_status.enterprise_id is 'Whose it is.';
comment on column notify.notification_channel_status.notification_id is 'The notification.';
comment on column notify.notification_channel_status.name is 'Its name for people.';
comment on column notify.notification_channel_status.workflow_key is 'The workflow by key.';
comment on column notify.notification_channel_status.building is 'The building that it is about.';
comment on column notify.notification_channel_status.is_drill is 'True for a drill.';
comment on column notify.notification_channel_status.is_test is 'True for a test.';
comment on column notify.notification_channel_status.created_at is 'When the notification was inserted.';
comment on column notify.notification_channel_status.channel_type is 'A channel that it was rendered for.';
comment on column notify.notification_channel_status.recipient_count is 'How many recipients Novu accepted it for, or told something of although it never answered; also those whose own text came out blank on this channel, as notify.explain tells.';
comment on column notify.notification_channel_status.dispatched_count is 'For how many a provider took it, and no more is known.';
comment on column notify.notification_channel_status.delivered_count is 'To how many it was delivered, and is not known to be seen.';
comment on column notify.notification_channel_status.seen_count is 'How many have seen it, and not read it.';
comment on column notify.notification_channel_status.read_count is 'How many have read it.';
comment on column notify.notification_channel_status.skipped_count is 'For how many Novu left the channel out.';
comment on column notify.notification_channel_status.failed_count is 'For how many it failed.';
comment on column notify.notification_channel_status.unknown_count is 'For how many Novu says what says nothing.';
comment on column notify.notification_channel_status.silent_count is 'Of how many nothing is known: Novu said nothing (yet), or was not asked.';
comment on column notify.notification_channel_status.unasked_count is 'How many are in deliveries about which Novu was not asked (yet), or gave no answer. What is known of them was told by webhooks.';
comment on column notify.notification_channel_status.has_failed_everywhere is 'Whether the channel failed for everybody for whom it was not left out: of all recipients, or, where Novu was asked about some of them, of those (unasked_count says of how many nothing need be known), and nothing better is known of anybody.';
