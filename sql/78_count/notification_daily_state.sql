-- How far the funnel's roll-up has come, a row an enterprise.
alter table notify.notification_daily_state enable row level security;
alter table notify.notification_daily_state force row level security;

drop policy if exists "the engine sees every enterprise" on notify.notification_daily_state;
create policy "the engine sees every enterprise" on notify.notification_daily_state
for all to notify_engine using (true) with check (true);

drop policy if exists "a platform stays within what it reaches" on notify.notification_daily_state;
create policy "a platform stays within what it reaches" on notify.notification_daily_state
as restrictive for all to notify_platform
using (enterprise_id operator (notify.~=) (select notify.reached_enterprise_id()));

drop policy if exists "a platform reads the enterprise in its context" on notify.notification_daily_state;
create policy "a platform reads the enterprise in its context" on notify.notification_daily_state
for select to notify_platform
using (enterprise_id = (select notify.reached_enterprise_id()));

drop policy if exists "an analyst stays within what it reaches" on notify.notification_daily_state;
create policy "an analyst stays within what it reaches" on notify.notification_daily_state
as restrictive for all to notify_analyst
using (enterprise_id = any(array(select e.enterprise_id from notify.login_enterprise as e)));

drop policy if exists "an analyst reads what its login is bound to" on notify.notification_daily_state;
create policy "an analyst reads what its login is bound to" on notify.notification_daily_state
for select to notify_analyst
using (enterprise_id = any(array(select e.enterprise_id from notify.login_enterprise as e)));

drop policy if exists "who reads all reads every enterprise" on notify.notification_daily_state;
create policy "who reads all reads every enterprise" on notify.notification_daily_state
for select to notify_analyst_all, notify_admin
using (enterprise_id between (select notify.lowest_reached()) and (select notify.highest_reached()));

grant select, insert, update, delete on notify.notification_daily_state to notify_engine;
grant select on notify.notification_daily_state to notify_platform, notify_analyst, notify_analyst_all, notify_admin;

comment on table notify.notification_daily_state is 'How far the funnel''s roll-up has come, a row an enterprise.';
comment on column notify.notification_daily_state.enterprise_id is 'The enterprise.';
comment on column notify.notification_daily_state.counted_until is 'What was inserted before this time is in the roll-up; but for open_ids, and for days that are to be counted anew.';
comment on column notify.notification_daily_state.open_ids is 'What was inserted before that and was not final when it was counted: it is not in the roll-up.';
comment on column notify.notification_daily_state.due_at is 'When the tick looks next.';
