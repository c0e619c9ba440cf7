-- The funnel's roll-up: what the tick counted of notifications that are final. Read it through notify.notification_funnel, which adds what is not
-- counted yet.
alter table notify.notification_daily enable row level security;
alter table notify.notification_daily force row level security;

drop policy if exists "the engine sees every enterprise" on notify.notification_daily;
create policy "the engine sees every enterprise" on notify.notification_daily
for all to notify_engine using (true) with check (true);

drop policy if exists "a platform stays within what it reaches" on notify.notification_daily;
create policy "a platform stays within what it reaches" on notify.notification_daily
as restrictive for all to notify_platform
using (enterprise_id operator (notify.~=) (select notify.reached_enterprise_id()));

drop policy if exists "a platform reads the enterprise in its context" on notify.notification_daily;
create policy "a platform reads the enterprise in its context" on notify.notification_daily
for select to notify_platform
using (enterprise_id = (select notify.reached_enterprise_id()));

drop policy if exists "an analyst stays within what it reaches" on notify.notification_daily;
create policy "an analyst stays within what it reaches" on notify.notification_daily
as restrictive for all to notify_analyst
using (enterprise_id = any(array(select e.enterprise_id from notify.login_enterprise as e)));

drop policy if exists "an analyst reads what its login is bound to" on notify.notification_daily;
create policy "an analyst reads what its login is bound to" on notify.notification_daily
for select to notify_analyst
using (enterprise_id = any(array(select e.enterprise_id from notify.login_enterprise as e)));

drop policy if exists "who reads all reads every enterprise" on notify.notification_daily;
create policy "who reads all reads every enterprise" on notify.notification_daily
for select to notify_analyst_all, notify_admin
using (enterprise_id between (select notify.lowest_reached()) and (select notify.highest_reached()));

grant select, insert, update, delete on notify.notification_daily to notify_engine;
grant select on notify.notification_daily to notify_platform, notify_analyst, notify_analyst_all, notify_admin;

comment on table notify.notification_daily is 'What was counted of final notifications, a row a day, enterprise, workflow, version, channel and drill: read notify.notification_funnel.';
comment on column notify.notification_daily.enterprise_id is 'Whose they are.';
comment on column notify.notification_daily.day is 'The day on which they were inserted, in UTC.';
comment on column notify.notification_daily.workflow_key is 'The workflow by key.';
comment on column notify.notification_daily.workflow_version is 'Its version; 0: none.';
comment on column notify.notification_daily.channel_type is 'The channel; empty: never rendered.';
comment on column notify.notification_daily.is_drill is 'True for drills.';
comment on column notify.notification_daily.notification_count is 'Notifications.';
comment on column notify.notification_daily.failed_notification_count is 'Of them, FAILED.';
comment on column notify.notification_daily.warned_notification_count is 'Of them, with a warning.';
comment on column notify.notification_daily.render_seconds is 'How long rendering them took, all together.';
comment on column notify.notification_daily.last_rendered_at is 'When the last of them was rendered.';
comment on column notify.notification_daily.created_count is 'Recipients.';
comment on column notify.notification_daily.sent_count is 'Recipients whose delivery Novu accepted.';
comment on column notify.notification_daily.failed_count is 'Recipients whose delivery failed.';
comment on column notify.notification_daily.retracted_count is 'Recipients whose delivery was taken back.';
comment on column notify.notification_daily.open_count is 'Always 0, since what is open is not counted yet: the columns are those of notify.count_notifications.';
