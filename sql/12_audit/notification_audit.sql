-- The audit trail: written by the trigger function record_change alone, which acts as notify_owner; read by the managers of the
-- enterprise, and by the admin; changed and deleted by nobody.
alter table notify.notification_audit enable row level security;
alter table notify.notification_audit force row level security;

drop policy if exists "the trigger adds what the login did" on notify.notification_audit;
create policy "the trigger adds what the login did" on notify.notification_audit
for insert to notify_owner
with check (login = session_user);

drop policy if exists "a manager stays within what it reaches" on notify.notification_audit;
create policy "a manager stays within what it reaches" on notify.notification_audit
as restrictive for all to notify_manager
using (enterprise_id operator (notify.~=) (select notify.reached_enterprise_id()));

drop policy if exists "a manager reads the enterprise in its context" on notify.notification_audit;
create policy "a manager reads the enterprise in its context" on notify.notification_audit
for select to notify_manager
using (enterprise_id = (select notify.reached_enterprise_id()));

drop policy if exists "an admin reads what it reaches" on notify.notification_audit;
create policy "an admin reads what it reaches" on notify.notification_audit
for select to notify_admin
using (enterprise_id between (select notify.lowest_reached()) and (select notify.highest_reached()));

grant select on notify.notification_audit to notify_manager, notify_admin;

comment on table notify.notification_audit is 'Who changed which workflow, template, rule, binding, target or order, when, from what to what. Only added to.';
comment on column notify.notification_audit.enterprise_id is 'Whose row was changed; the nil UUID for what is shared or the company''s.';
comment on column notify.notification_audit.id is 'Id of the change; sorts by time, to the millisecond.';
comment on column notify.notification_audit.changed_at is 'When: the time of the statement that changed it.';
comment on column notify.notification_audit.login is 'The login that changed it (session_user).';
comment on column notify.notification_audit.application_user is 'For whom the application did it, as it said in app.current_user_id (200 characters of it); null: it did not say.';
comment on column notify.notification_audit.table_name is 'The table, such as ent_notification_workflow.';
comment on column notify.notification_audit.action is 'INSERT, UPDATE or DELETE.';
comment on column notify.notification_audit.row_key is 'Which row: {"id": …, "workflow_key": …}.';
comment on column notify.notification_audit.before is 'What it was: the changed columns of an UPDATE, the whole row of a DELETE.';
comment on column notify.notification_audit.after is 'What it became: the changed columns of an UPDATE, the whole row of an INSERT.';
