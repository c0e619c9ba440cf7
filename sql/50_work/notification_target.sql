-- Targets of an enterprise's own: Novu environments that no other enterprise's requests reach. Who has none goes to the default
-- target, which all share. URL and key are in the worker's environment only. The admin manages them; the engine reads.
alter table notify.notification_target enable row level security;
alter table notify.notification_target force row level security;

drop policy if exists "the engine sees every enterprise" on notify.notification_target;
create policy "the engine sees every enterprise" on notify.notification_target
for select to notify_engine using (true);

drop policy if exists "an admin manages the targets that it reaches" on notify.notification_target;
create policy "an admin manages the targets that it reaches" on notify.notification_target
for all to notify_admin
using (enterprise_id = (select notify.reached_enterprise_id()) or (select notify.reaches_all()));

grant select on notify.notification_target to notify_engine, notify_admin;
grant insert (enterprise_id, target, has_plain_ids, note) on notify.notification_target to notify_admin;
grant update (target, has_plain_ids, note) on notify.notification_target to notify_admin;
grant delete on notify.notification_target to notify_admin;

create or replace trigger check_context before insert or update or delete on notify.notification_target
for each statement execute function notify.check_context();

create or replace trigger audit after insert or update or delete on notify.notification_target
for each row execute function notify.record_change('target');

comment on table notify.notification_target is 'The Novu environment of an enterprise''s own. An enterprise without a row here goes to the default target, which all share.';
comment on column notify.notification_target.enterprise_id is 'Whose it is: no other enterprise''s requests go there.';
comment on column notify.notification_target.target is 'Its name. The worker finds it in its variables: NOVU_API_URL_<NAME> and NOVU_SECRET_KEY_<NAME>, in capitals, with underscores for hyphens.';
comment on column notify.notification_target.has_plain_ids is 'True: a subscriber''s id there is the recipient''s. False: with the enterprise before it, as on the default target.';
comment on column notify.notification_target.note is 'Why it was given.';
comment on column notify.notification_target.created_at is 'When the row was made.';
