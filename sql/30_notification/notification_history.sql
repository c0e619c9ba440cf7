-- History: a row a transition, written with the transition; read by the platform, by analysts and by admins.
alter table notify.notification_history enable row level security;
alter table notify.notification_history force row level security;

drop policy if exists "the engine sees every enterprise" on notify.notification_history;
create policy "the engine sees every enterprise" on notify.notification_history
for all to notify_engine using (true) with check (true);

drop policy if exists "a platform stays within what it reaches" on notify.notification_history;
create policy "a platform stays within what it reaches" on notify.notification_history
as restrictive for all to notify_owner, notify_platform
using (enterprise_id operator (notify.~=) (select notify.reached_enterprise_id()));

drop policy if exists "the enterprise in the context" on notify.notification_history;
create policy "the enterprise in the context" on notify.notification_history
for all to notify_owner
using (enterprise_id = (select notify.reached_enterprise_id()));

drop policy if exists "a platform reads the enterprise in its context" on notify.notification_history;
create policy "a platform reads the enterprise in its context" on notify.notification_history
for select to notify_platform
using (enterprise_id = (select notify.reached_enterprise_id()));

drop policy if exists "an analyst stays within what it reaches" on notify.notification_history;
create policy "an analyst stays within what it reaches" on notify.notification_history
as restrictive for all to notify_analyst
using (enterprise_id = any(array(select e.enterprise_id from notify.login_enterprise as e)));

drop policy if exists "an analyst reads what its login is bound to" on notify.notification_history;
create policy "an analyst reads what its login is bound to" on notify.notification_history
for select to notify_analyst
using (enterprise_id = any(array(select e.enterprise_id from notify.login_enterprise as e)));

drop policy if exists "who reads all reads every enterprise" on notify.notification_history;
create policy "who reads all reads every enterprise" on notify.notification_history
for select to notify_analyst_all, notify_admin
using (enterprise_id between (select notify.lowest_reached()) and (select notify.highest_reached()));

grant select, insert, delete on notify.notification_history to notify_engine;
grant select (
  enterprise_id,
  notification_id,
  happened_at,
  from_status,
  to_status,
  actor,
  reason
) on notify.notification_history to notify_platform, notify_analyst, notify_analyst_all, notify_admin;

comment on table notify.notification_history is 'The transitions of notifications: when, from, to, who, why. The creation is created_at of the notification.';
comment on column notify.notification_history.enterprise_id is 'Whose it is.';
comment on column notify.notification_history.notification_id is 'The notification.';
comment on column notify.notification_history.happened_at is 'When.';
comment on column notify.notification_history.from_status is 'The status before.';
comment on column notify.notification_history.to_status is 'The status after; the same as before where only something is told, such as that a delivery was divided.';
comment on column notify.notification_history.actor is 'Who: a worker by name, or a login.';
comment on column notify.notification_history.reason is 'Why, where there is a reason to tell.';
