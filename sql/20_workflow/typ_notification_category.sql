-- Reference data: the same for every enterprise, read by every listed login, changed by the admin.
alter table notify.typ_notification_category enable row level security;
alter table notify.typ_notification_category force row level security;

drop policy if exists "the engine reads it" on notify.typ_notification_category;
create policy "the engine reads it" on notify.typ_notification_category
for select to notify_engine using (true);

drop policy if exists "a listed login reads it" on notify.typ_notification_category;
create policy "a listed login reads it" on notify.typ_notification_category
for select to notify_platform, notify_manager, notify_admin, notify_analyst, notify_analyst_all
using ((select notify.is_listed()));

drop policy if exists "an admin changes it" on notify.typ_notification_category;
create policy "an admin changes it" on notify.typ_notification_category
for all to notify_admin
using ((select notify.is_admin()))
with check ((select notify.is_admin()));

grant select on notify.typ_notification_category to notify_engine;
-- By column: a right on the whole table would show the system columns, and in a shared row's xmax who else refers to it.
grant select (category, description) on notify.typ_notification_category to
notify_platform, notify_manager, notify_admin, notify_analyst, notify_analyst_all;
grant insert, update, delete on notify.typ_notification_category to notify_admin;

create or replace trigger audit after insert or update or delete on notify.typ_notification_category
for each row execute function notify.record_change('category');

comment on table notify.typ_notification_category is 'What a workflow is about. Reference data, the same for every enterprise.';
comment on column notify.typ_notification_category.category is 'The category, such as FIRE.';
comment on column notify.typ_notification_category.description is 'What belongs to it.';
