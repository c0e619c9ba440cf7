-- Days whose notifications changed after they were counted: marked by the transaction that changed them, so that whoever sees the change sees
-- the mark, and counts the rows themselves.
alter table notify.notification_daily_stale enable row level security;
alter table notify.notification_daily_stale force row level security;

drop policy if exists "the engine sees every enterprise" on notify.notification_daily_stale;
create policy "the engine sees every enterprise" on notify.notification_daily_stale
for all to notify_engine using (true) with check (true);

drop policy if exists "a platform stays within what it reaches" on notify.notification_daily_stale;
create policy "a platform stays within what it reaches" on notify.notification_daily_stale
as restrictive for all to notify_platform
using (enterprise_id operator (notify.~=) (select notify.reached_enterprise_id()));

drop policy if exists "a platform reads the enterprise in its context" on notify.notification_daily_stale;
create policy "a platform reads the enterprise in its context" on notify.notification_daily_stale
for select to notify_platform
using (enterprise_id = (select notify.reached_enterprise_id()));

drop policy if exists "an analyst stays within what it reaches" on notify.notification_daily_stale;
create policy "an analyst stays within what it reaches" on notify.notification_daily_stale
as restrictive for all to notify_analyst
using (enterprise_id = any(array(select e.enterprise_id from notify.login_enterprise as e)));

drop policy if exists "an analyst reads what its login is bound to" on notify.notification_daily_stale;
create policy "an analyst reads what its login is bound to" on notify.notification_daily_stale
for select to notify_analyst
using (enterprise_id = any(array(select e.enterprise_id from notify.login_enterprise as e)));

drop policy if exists "who reads all reads every enterprise" on notify.notification_daily_stale;
create policy "who reads all reads every enterprise" on notify.notification_daily_stale
for select to notify_analyst_all, notify_admin
using (enterprise_id between (select notify.lowest_reached()) and (select notify.highest_reached()));

grant select, insert, update, delete on notify.notification_daily_stale to notify_engine;
grant select on notify.notification_daily_stale to notify_platform, notify_analyst, notify_analyst_all, notify_admin;

comment on table notify.notification_daily_stale is 'Days whose notifications changed after they were counted (a replay, a late retraction, pruning), until they are counted anew.';
comment on column notify.notification_daily_stale.enterprise_id is 'Whose.';
comment on column notify.notification_daily_stale.day is 'The day that is to be counted anew.';
comment on column notify.notification_daily_stale.marked_at is 'When something of it changed.';
