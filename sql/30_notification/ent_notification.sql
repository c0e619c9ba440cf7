-- Notifications: a platform inserts and reads those of the enterprise in its context; only functions change them.
alter table notify.ent_notification enable row level security;
alter table notify.ent_notification force row level security;

drop policy if exists "the engine sees every enterprise" on notify.ent_notification;
create policy "the engine sees every enterprise" on notify.ent_notification
for all to notify_engine using (true) with check (true);

drop policy if exists "a platform stays within what it reaches" on notify.ent_notification;
create policy "a platform stays within what it reaches" on notify.ent_notification
as restrictive for all to notify_owner, notify_platform
using (enterprise_id operator (notify.~=) (select notify.reached_enterprise_id()));

drop policy if exists "the enterprise in the context" on notify.ent_notification;
create policy "the enterprise in the context" on notify.ent_notification
for all to notify_owner, notify_platform
using (enterprise_id = (select notify.reached_enterprise_id()));

drop policy if exists "an analyst stays within what it reaches" on notify.ent_notification;
create policy "an analyst stays within what it reaches" on notify.ent_notification
as restrictive for all to notify_analyst
using (enterprise_id = any(array(select e.enterprise_id from notify.login_enterprise as e)));

drop policy if exists "an analyst reads what its login is bound to" on notify.ent_notification;
create policy "an analyst reads what its login is bound to" on notify.ent_notification
for select to notify_analyst
using (enterprise_id = any(array(select e.enterprise_id from notify.login_enterprise as e)));

drop policy if exists "who reads all reads every enterprise" on notify.ent_notification;
create policy "who reads all reads every enterprise" on notify.ent_notification
for select to notify_analyst_all, notify_admin
using (enterprise_id between (select notify.lowest_reached()) and (select notify.highest_reached()));

grant select, insert, update, delete on notify.ent_notification to notify_engine;
grant select on notify.ent_notification to notify_platform;
grant insert (
  enterprise_id,
  id,
  name,
  workflow_key,
  workflow_enterprise_id,
  workflow_id,
  payload,
  recipients,
  recipient_payload,
  recipient_attributes,
  channels,
  overrides,
  tags,
  priority,
  building,
  time_zone,
  locale,
  is_drill,
  is_test,
  scheduled_for,
  expires_at,
  idempotency_key
) on notify.ent_notification to notify_platform;
grant select (
  enterprise_id,
  id,
  name,
  workflow_key,
  workflow_version,
  priority,
  channels,
  rendered_channels,
  tags,
  building,
  time_zone,
  locale,
  is_drill,
  is_test,
  scheduled_for,
  expires_at,
  notification_status,
  transaction_id,
  rendered_at,
  render_seconds,
  processed_at,
  retracted_at,
  retraction_reason,
  correction_ids,
  corrects_id,
  error_details,
  warnings,
  created_at
) on notify.ent_notification to notify_analyst, notify_analyst_all, notify_admin;

create or replace trigger check_context before insert on notify.ent_notification
for each statement execute function notify.check_context();

create or replace trigger fill_workflow before insert on notify.ent_notification
for each row when (new.workflow_id is not null) execute function notify.fill_workflow();

create or replace trigger accept after insert on notify.ent_notification
referencing new table as inserted
for each statement execute function engine.accept_notifications();

create or replace trigger refuse_transition before update of notification_status on notify.ent_notification
for each row
when (not notify.may_become(old.notification_status, new.notification_status))
execute function notify.refuse_transition();

comment on table notify.ent_notification is 'One row a notification: a workflow, a payload, recipients. Insert a row, and it is sent.';
comment on column notify.ent_notification.enterprise_id is 'Whose it is. Defaults to the context (app.current_enterprise_id).';
comment on column notify.ent_notification.id is 'Id of the notification.';
comment on column notify.ent_notification.name is 'Its name for people; free.';
comment on column notify.ent_notification.workflow_key is 'The workflow by key: the enterprise''s own before the shared one. Filled in where workflow_id is given.';
comment on column notify.ent_notification.workflow_enterprise_id is 'Whose the workflow of workflow_id is; filled in by itself.';
comment on column notify.ent_notification.workflow_id is 'The workflow by id, where it must be this one.';
comment on column notify.ent_notification.rule_id is 'The rule that made it, if one did.';
comment on column notify.ent_notification.payload is 'What the templates are filled with: an object.';
comment on column notify.ent_notification.recipients is 'Who gets it: ids of people, each once, however often it is listed.';
comment on column notify.ent_notification.recipient_payload is 'What differs from one recipient to another: an object by recipient, {"<id>": {"name": "Ada"}}, whose members come before the payload''s; null: nothing.';
comment on column notify.ent_notification.recipient_attributes is 'What Novu is to know of recipients from now on: an object by recipient with email, phone, first_name, last_name, locale, avatar and data; null: nothing.';
comment on column notify.ent_notification.channels is 'The channels that it goes out on; null: the workflow''s default channels.';
comment on column notify.ent_notification.overrides is 'Passed to Novu as the overrides of the event.';
comment on column notify.ent_notification.tags is 'Free words to find it by.';
comment on column notify.ent_notification.priority is 'CRITICAL, HIGH, NORMAL or LOW; null: that of the workflow''s published version.';
comment on column notify.ent_notification.building is 'The building that it is about.';
comment on column notify.ent_notification.time_zone is 'Time zone of the building, such as Europe/Copenhagen.';
comment on column notify.ent_notification.is_drill is 'True for a drill.';
comment on column notify.ent_notification.locale is 'The language that it is to be sent in, such as da or pt-BR; null: the enterprise''s. What there is no variant for falls back.';
comment on column notify.ent_notification.is_test is 'True for a test: "[TEST]" stands before its subject. notify.test_send makes one.';
comment on column notify.ent_notification.scheduled_for is 'Not before this time; null: at once.';
comment on column notify.ent_notification.expires_at is 'Not after this time; null: the workflow''s expires_after, counted from created_at or scheduled_for, the later.';
comment on column notify.ent_notification.idempotency_key is 'A second notification with the same key is not made: notify.send returns the first, an INSERT fails.';
comment on column notify.ent_notification.notification_status is 'PENDING, PROCESSING (rendered, under way), SENT (Novu accepted every delivery), FAILED or RETRACTED.';
comment on column notify.ent_notification.workflow_version is 'The version of the workflow that it was rendered with.';
comment on column notify.ent_notification.rendered_channels is 'The channels that it was rendered for.';
comment on column notify.ent_notification.rendered_at is 'When it was rendered; where recipients have values of their own, when the first part of it was.';
comment on column notify.ent_notification.render_seconds is 'How long rendering took, in seconds: its share of the batch in which it was rendered; null: not rendered.';
comment on column notify.ent_notification.transaction_id is 'Novu''s transactionId of its first delivery.';
comment on column notify.ent_notification.processed_at is 'When it became SENT or FAILED.';
comment on column notify.ent_notification.retracted_at is 'When it was retracted.';
comment on column notify.ent_notification.retraction_reason is 'Why it was retracted.';
comment on column notify.ent_notification.correction is 'What those are told whom it reached before it was retracted: {"workflow_key", "payload", "name", "priority"}.';
comment on column notify.ent_notification.correction_ids is 'The notifications that told them, in the order in which they were made: a second one for whom a worker had in hand at the time.';
comment on column notify.ent_notification.corrects_id is 'The retracted notification that it corrects.';
comment on column notify.ent_notification.error_details is 'Why it failed: code, message, and what more is known; counts of its deliveries.';
comment on column notify.ent_notification.warnings is 'What it went out in spite of: code and message, and what more is known, each; null: nothing. Never a value of the payload.';
comment on column notify.ent_notification.created_at is 'When it was inserted: the creation event of its history.';
