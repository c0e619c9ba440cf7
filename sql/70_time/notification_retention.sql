-- How long things are kept, an enterprise's own row before everybody's. The admin's; the engine reads.
alter table notify.notification_retention enable row level security;
alter table notify.notification_retention force row level security;

drop policy if exists "the engine sees every enterprise" on notify.notification_retention;
create policy "the engine sees every enterprise" on notify.notification_retention
for select to notify_engine using (true);

drop policy if exists "an admin manages what it reaches" on notify.notification_retention;
create policy "an admin manages what it reaches" on notify.notification_retention
for all to notify_admin
using (enterprise_id = (select notify.reached_enterprise_id()) or (select notify.reaches_all()));

grant select on notify.notification_retention to notify_engine;
grant select on notify.notification_retention to notify_admin;
grant insert (
  enterprise_id,
  content_days,
  history_days,
  notification_days
) on notify.notification_retention to notify_admin;
grant update (
  content_days,
  history_days,
  notification_days
) on notify.notification_retention to notify_admin;
grant delete on notify.notification_retention to notify_admin;

create or replace trigger check_context before insert or update or delete on notify.notification_retention
for each statement execute function notify.check_context();

create or replace trigger audit after insert or update or delete on notify.notification_retention
for each row execute function notify.record_change('enterprise_id');

comment on table notify.notification_retention is 'How many days things are kept. The row of the nil UUID is for every enterprise without one of its own. What is not final is kept, however old.';
comment on column notify.notification_retention.enterprise_id is 'Whose; the nil UUID: everybody''s who has no row of its own.';
comment on column notify.notification_retention.content_days is 'What was rendered: personal data. After it the notification can''t be shown as it went out.';
comment on column notify.notification_retention.history_days is 'The transitions.';
comment on column notify.notification_retention.notification_days is 'Final notifications and their deliveries, from their last change.';
