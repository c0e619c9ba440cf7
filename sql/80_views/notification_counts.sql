-- How many, by enterprise, workflow, channel and status.
create or replace view notify.notification_counts with (security_invoker = true) as
select
  n.enterprise_id,
  n.workflow_key,
  c.channel_type,
  n.notification_status,
  count(*) as notification_count,
  min(n.created_at) as first_created_at,
  max(n.created_at) as last_created_at
from notify.ent_notification as n
left join lateral unnest(coalesce(n.rendered_channels, n.channels)) as c (channel_type) on true
group by n.enterprise_id, n.workflow_key, c.channel_type, n.notification_status;

alter view notify.notification_counts owner to notify_owner;
grant select on notify.notification_counts to notify_platform, notify_analyst, notify_analyst_all, notify_admin;
comment on view notify.notification_counts is 'How many notifications, by enterprise, workflow, channel and status. One that goes out on two channels counts in both.';
comment on column notify.notification_counts.enterprise_id is 'The enterprise.';
comment on column notify.notification_counts.workflow_key is 'The workflow by key.';
comment on column notify.notification_counts.channel_type is 'The channel; null: not resolved, since it is not rendered.';
comment on column notify.notification_counts.notification_status is 'The status.';
comment on column notify.notification_counts.notification_count is 'How many.';
comment on column notify.notification_counts.first_created_at is 'When the oldest of them was inserted.';
comment on column notify.notification_counts.last_created_at is 'When the newest of them was inserted.';
