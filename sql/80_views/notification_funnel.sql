-- How far notifications came: by day, enterprise, workflow, channel, and drill or not. Exact at every moment, whatever the tick has rolled up.
create or replace view notify.notification_funnel with (security_invoker = true) as
select
  t.enterprise_id,
  t.day,
  t.workflow_key,
  nullif(t.channel_type, '') as channel_type,
  t.is_drill,
  sum(t.notification_count)::bigint as notification_count,
  sum(t.failed_notification_count)::bigint as failed_notification_count,
  sum(t.created_count)::bigint as created_count,
  sum(t.sent_count)::bigint as sent_count,
  sum(t.dispatched_count)::bigint as dispatched_count,
  sum(t.delivered_count)::bigint as delivered_count,
  sum(t.seen_count)::bigint as seen_count,
  sum(t.failed_count)::bigint as failed_count,
  sum(t.skipped_count)::bigint as skipped_count,
  sum(t.undelivered_count)::bigint as undelivered_count,
  sum(t.retracted_count)::bigint as retracted_count,
  sum(t.open_count)::bigint as open_count
from (
  select
    c.enterprise_id,
    c.day,
    c.workflow_key,
    c.channel_type,
    c.is_drill,
    c.notification_count,
    c.failed_notification_count,
    c.created_count,
    c.sent_count,
    0::bigint as dispatched_count,
    0::bigint as delivered_count,
    0::bigint as seen_count,
    c.failed_count,
    0::bigint as skipped_count,
    0::bigint as undelivered_count,
    c.retracted_count,
    c.open_count
  from notify.notification_counted as c
  union all
  select
    r.enterprise_id,
    r.day,
    r.workflow_key,
    r.channel_type,
    r.is_drill,
    0,
    0,
    0,
    0,
    r.dispatched_count,
    r.delivered_count,
    r.seen_count,
    0,
    r.skipped_count,
    r.undelivered_count,
    0,
    0
  from notify.notification_receipt_count as r
) as t
group by t.enterprise_id, t.day, t.workflow_key, t.channel_type, t.is_drill
having sum(t.notification_count + t.dispatched_count + t.skipped_count + t.undelivered_count) <> 0;

alter view notify.notification_funnel owner to notify_owner;
grant select on notify.notification_funnel to notify_platform, notify_analyst, notify_analyst_all, notify_admin;
comment on view notify.notification_funnel is 'How far notifications came, a row a day, enterprise, workflow, channel, and drill or not. Counts are of recipients, once a channel, but where they say notifications: don''t add up channels. Whoever''s own text came out blank on a channel counts there. Tests (is_test) don''t count.';
comment on column notify.notification_funnel.enterprise_id is 'Whose they are.';
comment on column notify.notification_funnel.day is 'The day on which they were inserted, in UTC.';
comment on column notify.notification_funnel.workflow_key is 'The workflow by key.';
comment on column notify.notification_funnel.channel_type is 'The channel; null: never rendered, so that its channels are not known.';
comment on column notify.notification_funnel.is_drill is 'True for drills.';
comment on column notify.notification_funnel.notification_count is 'How many notifications; one on two channels counts in both.';
comment on column notify.notification_funnel.failed_notification_count is 'How many of the notifications are FAILED.';
comment on column notify.notification_funnel.created_count is 'Recipients; none of a notification that was refused at the INSERT.';
comment on column notify.notification_funnel.sent_count is 'Recipients whose delivery Novu accepted.';
comment on column notify.notification_funnel.dispatched_count is 'Recipients for whom a provider took it, by Novu''s receipts: also those of delivered_count.';
comment on column notify.notification_funnel.delivered_count is 'Recipients to whom it was delivered, by receipts: also those of seen_count.';
comment on column notify.notification_funnel.seen_count is 'Recipients who saw or read it, by receipts.';
comment on column notify.notification_funnel.failed_count is 'Recipients whose delivery was given up before Novu took it.';
comment on column notify.notification_funnel.skipped_count is 'Recipients for whom Novu left the channel out, by receipts.';
comment on column notify.notification_funnel.undelivered_count is 'Recipients whom a provider failed to reach, by receipts.';
comment on column notify.notification_funnel.retracted_count is 'Recipients whose delivery was taken back before Novu had it.';
comment on column notify.notification_funnel.open_count is 'Recipients whose delivery is still to go.';
