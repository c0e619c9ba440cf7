-- What Novu has of each published workflow, a row for each workflow and target. A shared workflow on the default target belongs to
-- the nil UUID; on an enterprise's own target the row is that enterprise's, as its own workflows' rows are. The engine writes.
alter table notify.notification_sync enable row level security;
alter table notify.notification_sync force row level security;

drop policy if exists "the engine sees every enterprise" on notify.notification_sync;
create policy "the engine sees every enterprise" on notify.notification_sync
for all to notify_engine using (true) with check (true);

drop policy if exists "a login stays within what it reaches and what is shared" on notify.notification_sync;
create policy "a login stays within what it reaches and what is shared" on notify.notification_sync
as restrictive for all to notify_manager
using (
  enterprise_id operator (notify.~=) (select notify.reached_enterprise_id())
  or (enterprise_id operator (notify.~=) '00000000-0000-0000-0000-000000000000'::uuid and (select notify.is_listed()))
);

drop policy if exists "the enterprise in the context and what is shared" on notify.notification_sync;
create policy "the enterprise in the context and what is shared" on notify.notification_sync
for select to notify_owner, notify_manager
using (enterprise_id in ((select notify.reached_enterprise_id()), '00000000-0000-0000-0000-000000000000'::uuid));

drop policy if exists "an enterprise asks again for its own" on notify.notification_sync;
create policy "an enterprise asks again for its own" on notify.notification_sync
for update to notify_owner
using (enterprise_id = (select notify.reached_enterprise_id()));

drop policy if exists "an admin reads what it reaches and what is shared" on notify.notification_sync;
create policy "an admin reads what it reaches and what is shared" on notify.notification_sync
for select to notify_owner, notify_admin
using (
  (select notify.is_admin())
  and (
    enterprise_id in ((select notify.reached_enterprise_id()), '00000000-0000-0000-0000-000000000000'::uuid)
    or (select notify.reaches_all())
  )
);

drop policy if exists "an admin asks again for what it reaches" on notify.notification_sync;
create policy "an admin asks again for what it reaches" on notify.notification_sync
for update to notify_owner
using (
  (select notify.is_admin())
  and (enterprise_id = (select notify.reached_enterprise_id()) or (select notify.reaches_all()))
);

grant select, insert, update, delete on notify.notification_sync to notify_engine;
grant select (
  enterprise_id, workflow_enterprise_id, workflow_key, target, wanted_version, wanted_active, wanted_deleted,
  novu_version, novu_active, is_in_step, changed_at, step, is_check, due_at, is_handed_over, failure_count, http_status,
  error_details, answered_at
) on notify.notification_sync to notify_manager, notify_admin;

comment on table notify.notification_sync is 'What Novu has of each published workflow on each target, and what is under way to bring it in step. Read it through notify.workflow_sync_status.';
comment on column notify.notification_sync.enterprise_id is 'Whose it is: the enterprise of a workflow or target of its own; the nil UUID for a shared workflow on the default target.';
comment on column notify.notification_sync.workflow_enterprise_id is 'Whose the workflow is; the nil UUID for a shared one.';
comment on column notify.notification_sync.workflow_key is 'The workflow''s key.';
comment on column notify.notification_sync.target is 'The Novu environment.';
comment on column notify.notification_sync.wanted_version is 'The version that is published.';
comment on column notify.notification_sync.wanted_active is 'Whether it is to be active there: not deactivated here.';
comment on column notify.notification_sync.wanted_deleted is 'True: it is to be deleted there, and then this row goes, too.';
comment on column notify.notification_sync.novu_version is 'The version that Novu was given last and kept; null: none.';
comment on column notify.notification_sync.novu_active is 'Whether it is active there; null: it is not there.';
comment on column notify.notification_sync.is_in_step is 'Whether Novu had it as wanted when it was asked last.';
comment on column notify.notification_sync.changed_at is 'When something else was wanted, or is_in_step changed, last.';
comment on column notify.notification_sync.step is 'What to ask of Novu next: LOOK, CREATE, UPDATE, SWITCH (off), DELETE, or REMOVE what Novu made under another identifier; null: nothing.';
comment on column notify.notification_sync.is_check is 'True: only look, and mend nothing.';
comment on column notify.notification_sync.due_at is 'When that may be asked; while a worker has it in hand, when another may take it over.';
comment on column notify.notification_sync.attempt is 'Counts the requests; a report with an old one changes nothing.';
comment on column notify.notification_sync.claimed_by is 'The worker that has it in hand.';
comment on column notify.notification_sync.is_handed_over is 'Whether that worker got its request.';
comment on column notify.notification_sync.asked is 'What was wanted when the request was made.';
comment on column notify.notification_sync.found is 'What Novu has, as far as the next step needs it.';
comment on column notify.notification_sync.failure_count is 'How often it failed since it was in step or something else was wanted.';
comment on column notify.notification_sync.http_status is 'Novu''s last answer.';
comment on column notify.notification_sync.error_details is 'What went wrong or differs: code and message.';
comment on column notify.notification_sync.answered_at is 'When the last answer was reported.';
