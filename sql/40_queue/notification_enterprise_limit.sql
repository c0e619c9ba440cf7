-- To how many recipients a minute an enterprise may send on the lanes normal and bulk. One without a row has no limit but its turn. The
-- admin's; the engine reads.
alter table notify.notification_enterprise_limit enable row level security;
alter table notify.notification_enterprise_limit force row level security;

drop policy if exists "the engine sees every enterprise" on notify.notification_enterprise_limit;
create policy "the engine sees every enterprise" on notify.notification_enterprise_limit
for select to notify_engine using (true);

drop policy if exists "an admin manages what it reaches" on notify.notification_enterprise_limit;
create policy "an admin manages what it reaches" on notify.notification_enterprise_limit
for all to notify_admin
using (enterprise_id = (select notify.reached_enterprise_id()) or (select notify.reaches_all()));

grant select on notify.notification_enterprise_limit to notify_engine;
grant select on notify.notification_enterprise_limit to notify_admin;
grant insert (
  enterprise_id,
  recipients_per_minute,
  burst,
  note
) on notify.notification_enterprise_limit to notify_admin;
grant update (
  recipients_per_minute,
  burst,
  note
) on notify.notification_enterprise_limit to notify_admin;
grant delete on notify.notification_enterprise_limit to notify_admin;

create or replace trigger check_context before insert or update or delete on notify.notification_enterprise_limit
for each statement execute function notify.check_context();

create or replace trigger audit after insert or update or delete on notify.notification_enterprise_limit
for each row execute function notify.record_change('enterprise_id');

comment on table notify.notification_enterprise_limit is 'To how many recipients a minute an enterprise may send on the lanes normal and bulk; what is more waits. The critical lane is never limited by it. An enterprise without a row has no limit but its turn.';
comment on column notify.notification_enterprise_limit.enterprise_id is 'The enterprise.';
comment on column notify.notification_enterprise_limit.recipients_per_minute is 'Recipients a minute, each delivery''s counted, whatever the channels.';
comment on column notify.notification_enterprise_limit.burst is 'The most recipients that gather while nothing is sent.';
comment on column notify.notification_enterprise_limit.note is 'What it is about.';
