-- What holds for all of an enterprise's notifications: its language, its time zone, how long a text message may be. A row for each enterprise
-- that differs from the defaults.
alter table notify.notification_setting enable row level security;
alter table notify.notification_setting force row level security;

drop policy if exists "the engine sees every enterprise" on notify.notification_setting;
create policy "the engine sees every enterprise" on notify.notification_setting
for select to notify_engine using (true);

drop policy if exists "a manager stays within what it reaches" on notify.notification_setting;
create policy "a manager stays within what it reaches" on notify.notification_setting
as restrictive for all to notify_manager
using (enterprise_id operator (notify.~=) (select notify.reached_enterprise_id()));

drop policy if exists "the enterprise in the context" on notify.notification_setting;
create policy "the enterprise in the context" on notify.notification_setting
for all to notify_owner, notify_manager
using (enterprise_id = (select notify.reached_enterprise_id()));

drop policy if exists "an admin changes what it reaches" on notify.notification_setting;
create policy "an admin changes what it reaches" on notify.notification_setting
for all to notify_admin
using (
  (select notify.is_admin())
  and (enterprise_id = (select notify.reached_enterprise_id()) or (select notify.reaches_all()))
);

grant select on notify.notification_setting to notify_engine;
-- By column, as for every table of tenants: a right on the whole table would let its holder lock it.
grant select (enterprise_id, locale, time_zone, sms_segment_limit, updated_at) on notify.notification_setting
to notify_manager, notify_admin;
grant insert (enterprise_id, locale, time_zone, sms_segment_limit) on notify.notification_setting
to notify_manager, notify_admin;
grant update (locale, time_zone, sms_segment_limit) on notify.notification_setting to notify_manager, notify_admin;
grant delete on notify.notification_setting to notify_admin;

create or replace trigger check_context before insert or update or delete on notify.notification_setting
for each statement execute function notify.check_context();

create or replace trigger check_time_zone before insert or update of time_zone on notify.notification_setting
for each row execute function notify.check_time_zone();

create or replace trigger touch before update on notify.notification_setting
for each row execute function notify.touch_updated_at();

create or replace trigger audit after insert or update or delete on notify.notification_setting
for each row execute function notify.record_change('enterprise_id', 'updated_at');

comment on table notify.notification_setting is 'What holds for all notifications of an enterprise, where it differs from the defaults: insert into notify.notification_setting (locale, time_zone) values (''da'', ''Europe/Copenhagen'').';
comment on column notify.notification_setting.enterprise_id is 'Whose it is. Defaults to the context.';
comment on column notify.notification_setting.locale is 'The language of its notifications, such as da or pt-BR, unless a notification names another; empty: that of the default variants.';
comment on column notify.notification_setting.time_zone is 'The time zone in which templates write times, such as Europe/Copenhagen, unless the notification or its payload names one.';
comment on column notify.notification_setting.sms_segment_limit is 'How many segments a text message may have; a longer one is not sent.';
comment on column notify.notification_setting.updated_at is 'When it was changed last.';
