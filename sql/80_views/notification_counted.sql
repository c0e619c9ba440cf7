-- The funnel without receipts, by version: the roll-up, and what is not in it, counted from the rows themselves, as one snapshot sees both. What
-- notify.notification_funnel and notify.template_status are made of. The bounds of time come out of a subquery as columns: an expression that
-- is not leakproof would be no index condition under row-level security.
create or replace view notify.notification_counted with (security_invoker = true) as
select
  d.enterprise_id,
  d.day,
  d.workflow_key,
  d.workflow_version,
  d.channel_type,
  d.is_drill,
  d.notification_count,
  d.failed_notification_count,
  d.warned_notification_count,
  d.render_seconds,
  d.last_rendered_at,
  d.created_count,
  d.sent_count,
  d.failed_count,
  d.retracted_count,
  d.open_count
from notify.notification_daily as d
where
  not exists (
    select from notify.notification_daily_stale as x
    where x.enterprise_id = d.enterprise_id and x.day = d.day
  )
union all
-- what came after the roll-up's end
select
  e.enterprise_id,
  c.day,
  c.workflow_key,
  c.workflow_version,
  c.channel_type,
  c.is_drill,
  c.notification_count,
  c.failed_notification_count,
  c.warned_notification_count,
  c.render_seconds,
  c.last_rendered_at,
  c.created_count,
  c.sent_count,
  c.failed_count,
  c.retracted_count,
  c.open_count
from engine.counted_enterprises() as e (enterprise_id)
cross join
  lateral (
    select coalesce(max(s.counted_until), '-infinity') as counted_until
    from notify.notification_daily_state as s
    where s.enterprise_id = e.enterprise_id
  ) as s
cross join
  lateral notify.count_notifications(e.enterprise_id, s.counted_until, 'infinity', '{}') as c
union all
-- what was open when its time was counted
select
  s.enterprise_id,
  c.day,
  c.workflow_key,
  c.workflow_version,
  c.channel_type,
  c.is_drill,
  c.notification_count,
  c.failed_notification_count,
  c.warned_notification_count,
  c.render_seconds,
  c.last_rendered_at,
  c.created_count,
  c.sent_count,
  c.failed_count,
  c.retracted_count,
  c.open_count
from notify.notification_daily_state as s
cross join lateral notify.count_notifications(s.enterprise_id, 'infinity', 'infinity', s.open_ids) as c
where
  s.open_ids <> '{}'
  and not exists (
    select from notify.notification_daily_stale as x
    where x.enterprise_id = s.enterprise_id and x.day = c.day
  )
union all
-- days that changed since
select
  x.enterprise_id,
  c.day,
  c.workflow_key,
  c.workflow_version,
  c.channel_type,
  c.is_drill,
  c.notification_count,
  c.failed_notification_count,
  c.warned_notification_count,
  c.render_seconds,
  c.last_rendered_at,
  c.created_count,
  c.sent_count,
  c.failed_count,
  c.retracted_count,
  c.open_count
from (
  select distinct
    o.enterprise_id,
    o.day,
    o.day::timestamp at time zone 'UTC' as since,
    least((o.day + 1)::timestamp at time zone 'UTC', s.counted_until) as until
  from notify.notification_daily_stale as o
  inner join notify.notification_daily_state as s on o.enterprise_id = s.enterprise_id
) as x
cross join lateral notify.count_notifications(x.enterprise_id, x.since, x.until, '{}') as c
where x.day = c.day;

alter view notify.notification_counted owner to notify_owner;
grant select on notify.notification_counted to notify_platform, notify_analyst, notify_analyst_all, notify_admin;
comment on view notify.notification_counted is 'What notification_funnel and template_status are made of: read those. Several rows may be of the same group: add them up.';
comment on column notify.notification_counted.enterprise_id is 'Whose they are.';
comment on column notify.notification_counted.day is 'The day on which they were inserted, in UTC.';
comment on column notify.notification_counted.workflow_key is 'The workflow by key.';
comment on column notify.notification_counted.workflow_version is 'Its version; 0: none.';
comment on column notify.notification_counted.channel_type is 'The channel; empty: never rendered.';
comment on column notify.notification_counted.is_drill is 'True for drills.';
comment on column notify.notification_counted.notification_count is 'Notifications.';
comment on column notify.notification_counted.failed_notification_count is 'Of them, FAILED.';
comment on column notify.notification_counted.warned_notification_count is 'Of them, with a warning.';
comment on column notify.notification_counted.render_seconds is 'How long rendering them took, all together.';
comment on column notify.notification_counted.last_rendered_at is 'When the last of them was rendered.';
comment on column notify.notification_counted.created_count is 'Recipients.';
comment on column notify.notification_counted.sent_count is 'Recipients whose delivery Novu accepted.';
comment on column notify.notification_counted.failed_count is 'Recipients whose delivery failed.';
comment on column notify.notification_counted.retracted_count is 'Recipients whose delivery was taken back.';
comment on column notify.notification_counted.open_count is 'Recipients whose delivery is still to go.';
