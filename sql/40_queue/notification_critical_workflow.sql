-- Which workflows may use the critical lane: the admin's decision. Others that ask for it travel in the lane normal. A manager reads its
-- enterprise's and the shared ones, so that notify.publish can warn; the engine reads all.
alter table notify.notification_critical_workflow enable row level security;
alter table notify.notification_critical_workflow force row level security;

drop policy if exists "the engine sees every enterprise" on notify.notification_critical_workflow;
create policy "the engine sees every enterprise" on notify.notification_critical_workflow
for select to notify_engine using (true);

drop policy if exists "a login stays within its own and what is shared" on notify.notification_critical_workflow;
create policy "a login stays within its own and what is shared" on notify.notification_critical_workflow
as restrictive for all to notify_manager
using (
  enterprise_id operator (notify.~=) (select notify.reached_enterprise_id())
  or (enterprise_id operator (notify.~=) '00000000-0000-0000-0000-000000000000'::uuid and (select notify.is_listed()))
);

drop policy if exists "the enterprise in the context and what is shared" on notify.notification_critical_workflow;
create policy "the enterprise in the context and what is shared" on notify.notification_critical_workflow
for select to notify_owner, notify_manager
using (enterprise_id in ((select notify.reached_enterprise_id()), '00000000-0000-0000-0000-000000000000'::uuid));

drop policy if exists "an admin reads what it reaches and what is shared" on notify.notification_critical_workflow;
create policy "an admin reads what it reaches and what is shared" on notify.notification_critical_workflow
for select to notify_owner, notify_admin
using (
  (select notify.is_admin())
  and (
    enterprise_id in ((select notify.reached_enterprise_id()), '00000000-0000-0000-0000-000000000000'::uuid)
    or (select notify.reaches_all())
  )
);

drop policy if exists "an admin grants what it reaches" on notify.notification_critical_workflow;
create policy "an admin grants what it reaches" on notify.notification_critical_workflow
for all to notify_admin
using (
  (select notify.is_admin())
  and (enterprise_id = (select notify.reached_enterprise_id()) or (select notify.reaches_all()))
);

grant select on notify.notification_critical_workflow to notify_engine;
grant select (enterprise_id, workflow_id, note, granted_at, granted_by) on notify.notification_critical_workflow
to notify_manager, notify_admin;
grant insert (enterprise_id, workflow_id, note) on notify.notification_critical_workflow to notify_admin;
grant delete on notify.notification_critical_workflow to notify_admin;

create or replace trigger check_context before insert or update or delete on notify.notification_critical_workflow
for each statement execute function notify.check_context();

create or replace trigger audit after insert or update or delete on notify.notification_critical_workflow
for each row execute function notify.record_change('workflow_id');

create or replace trigger warn after insert on notify.notification_critical_workflow
for each row execute function notify.warn_of_fallback();

comment on table notify.notification_critical_workflow is 'The workflows that may use the critical lane. Notifications of others that ask for it travel in the lane normal.';
comment on column notify.notification_critical_workflow.enterprise_id is 'Whose workflow; the nil UUID: a shared one.';
comment on column notify.notification_critical_workflow.workflow_id is 'The workflow.';
comment on column notify.notification_critical_workflow.note is 'Why.';
comment on column notify.notification_critical_workflow.granted_at is 'Since when.';
comment on column notify.notification_critical_workflow.granted_by is 'The login that decided.';
