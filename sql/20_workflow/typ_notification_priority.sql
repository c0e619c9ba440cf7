-- Reference data: the same for every enterprise, read by every listed login, changed by the admin, who may move a
-- priority to another lane; which priorities there are is the release's.
alter table notify.typ_notification_priority enable row level security;
alter table notify.typ_notification_priority force row level security;

drop policy if exists "the engine reads it" on notify.typ_notification_priority;
create policy "the engine reads it" on notify.typ_notification_priority
for select to notify_engine using (true);

drop policy if exists "a listed login reads it" on notify.typ_notification_priority;
create policy "a listed login reads it" on notify.typ_notification_priority
for select to notify_owner, notify_platform, notify_manager, notify_admin, notify_analyst, notify_analyst_all
using ((select notify.is_listed()));

drop policy if exists "an admin changes it" on notify.typ_notification_priority;
create policy "an admin changes it" on notify.typ_notification_priority
for all to notify_admin
using ((select notify.is_admin()))
with check ((select notify.is_admin()));

grant select on notify.typ_notification_priority to notify_engine;
-- By column: a right on the whole table would show the system columns, and in a shared row's xmax who else refers to it.
grant select (priority, lane, rank, description) on notify.typ_notification_priority to
notify_platform, notify_manager, notify_admin, notify_analyst, notify_analyst_all;
grant update (lane, rank, description) on notify.typ_notification_priority to notify_admin;

create or replace trigger audit after insert or update or delete on notify.typ_notification_priority
for each row execute function notify.record_change('priority');

comment on table notify.typ_notification_priority is 'The priorities and the lane that each travels in. Reference data, the same for every enterprise.';
comment on column notify.typ_notification_priority.priority is 'The priority: CRITICAL, HIGH, NORMAL or LOW.';
comment on column notify.typ_notification_priority.lane is 'The lane: critical, normal or bulk.';
comment on column notify.typ_notification_priority.rank is '1 is the most urgent.';
comment on column notify.typ_notification_priority.description is 'When to use it.';
