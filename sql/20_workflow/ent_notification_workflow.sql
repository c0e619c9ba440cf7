-- Workflows: an enterprise's own rows (DYNAMIC) and the shared ones (STATIC), which every enterprise reads and the admin changes.
alter table notify.ent_notification_workflow enable row level security;
alter table notify.ent_notification_workflow force row level security;

drop policy if exists "the engine sees every enterprise" on notify.ent_notification_workflow;
create policy "the engine sees every enterprise" on notify.ent_notification_workflow
for all to notify_engine using (true) with check (true);

drop policy if exists "a login stays within what it reaches and what is shared" on notify.ent_notification_workflow;
create policy "a login stays within what it reaches and what is shared" on notify.ent_notification_workflow
as restrictive for all to notify_platform, notify_manager
using (
  enterprise_id operator (notify.~=) (select notify.reached_enterprise_id())
  or (enterprise_id operator (notify.~=) '00000000-0000-0000-0000-000000000000'::uuid and (select notify.is_listed()))
);

drop policy if exists "the enterprise in the context and what is shared" on notify.ent_notification_workflow;
create policy "the enterprise in the context and what is shared" on notify.ent_notification_workflow
for select to notify_owner, notify_platform, notify_manager
using (enterprise_id in ((select notify.reached_enterprise_id()), '00000000-0000-0000-0000-000000000000'::uuid));

drop policy if exists "an enterprise adds its own" on notify.ent_notification_workflow;
create policy "an enterprise adds its own" on notify.ent_notification_workflow
for insert to notify_owner, notify_manager
with check (enterprise_id = (select notify.reached_enterprise_id()));

drop policy if exists "an enterprise changes its own" on notify.ent_notification_workflow;
create policy "an enterprise changes its own" on notify.ent_notification_workflow
for update to notify_owner, notify_manager
using (enterprise_id = (select notify.reached_enterprise_id()));

drop policy if exists "an admin reads what it reaches and what is shared" on notify.ent_notification_workflow;
create policy "an admin reads what it reaches and what is shared" on notify.ent_notification_workflow
for select to notify_owner, notify_admin
using (
  (select notify.is_admin())
  and (
    enterprise_id in ((select notify.reached_enterprise_id()), '00000000-0000-0000-0000-000000000000'::uuid)
    or (select notify.reaches_all())
  )
);

drop policy if exists "an admin changes what it reaches" on notify.ent_notification_workflow;
create policy "an admin changes what it reaches" on notify.ent_notification_workflow
for all to notify_owner, notify_admin
using (
  (select notify.is_admin())
  and (enterprise_id = (select notify.reached_enterprise_id()) or (select notify.reaches_all()))
);

grant select on notify.ent_notification_workflow to notify_engine;
-- By column: a right on the whole table would show the system columns, and in a shared row's xmax who else refers to it.
grant select (
  enterprise_id, id, workflow_key, workflow_type, name, description, category, priority, default_channels,
  template_overrides, payload_schema, expires_after, fallback_text, tags, publish_status, published_version,
  deactivated, created_at, updated_at
) on notify.ent_notification_workflow to notify_platform, notify_manager, notify_admin;
grant insert (
  enterprise_id,
  id,
  workflow_key,
  workflow_type,
  name,
  description,
  category,
  priority,
  default_channels,
  template_overrides,
  payload_schema,
  expires_after,
  fallback_text,
  tags,
  deactivated
) on notify.ent_notification_workflow to notify_manager, notify_admin;
grant update (
  workflow_key,
  name,
  description,
  category,
  priority,
  default_channels,
  template_overrides,
  payload_schema,
  expires_after,
  fallback_text,
  tags,
  deactivated
) on notify.ent_notification_workflow to notify_manager, notify_admin;
-- A right on the whole table, such as DELETE, would let its holder lock the table for every enterprise: not for a manager.
grant delete on notify.ent_notification_workflow to notify_admin;

create or replace trigger check_context before insert or update or delete on notify.ent_notification_workflow
for each statement execute function notify.check_context();

create or replace trigger refuse_rename before update of workflow_key on notify.ent_notification_workflow
for each row when (old.published_version is not null and new.workflow_key <> old.workflow_key)
execute function notify.refuse_rename();

create or replace trigger warn after insert or update of default_channels, template_overrides, payload_schema
on notify.ent_notification_workflow
for each row execute function notify.warn_of_workflow();

create or replace trigger touch before update on notify.ent_notification_workflow
for each row execute function notify.touch_updated_at();

create or replace trigger audit after insert or update or delete on notify.ent_notification_workflow
for each row execute function notify.record_change('id,workflow_key', 'updated_at');

comment on table notify.ent_notification_workflow is 'What a kind of notification is: key, channels, templates, payload schema. The row is the draft; notify.publish makes a version of it.';
comment on column notify.ent_notification_workflow.enterprise_id is 'Whose it is; the nil UUID for a shared one. Defaults to the context.';
comment on column notify.ent_notification_workflow.id is 'Id of the workflow.';
comment on column notify.ent_notification_workflow.workflow_key is 'Its name for programs, such as fire-alarm; unique within the enterprise, and for good once it is published. An enterprise''s own workflow hides the shared one of the same key.';
comment on column notify.ent_notification_workflow.workflow_type is 'STATIC: shared by all. DYNAMIC: an enterprise''s own.';
comment on column notify.ent_notification_workflow.name is 'Its name for people.';
comment on column notify.ent_notification_workflow.description is 'When it is used.';
comment on column notify.ent_notification_workflow.category is 'What it is about.';
comment on column notify.ent_notification_workflow.priority is 'Priority of its notifications, unless the notification names another.';
comment on column notify.ent_notification_workflow.default_channels is 'The channels that it goes out on, unless the notification names others.';
comment on column notify.ent_notification_workflow.template_overrides is 'Template key per channel, where it is not the workflow''s own key: {"EMAIL": "another-key"}.';
comment on column notify.ent_notification_workflow.payload_schema is 'JSON Schema that a payload must satisfy; null: any object.';
comment on column notify.ent_notification_workflow.expires_after is 'How long after its creation a notification is still worth sending; null: for ever.';
comment on column notify.ent_notification_workflow.fallback_text is 'What goes out on the critical lane where a template can''t be rendered: plain text, with no tags. A workflow that may use that lane needs one to be published.';
comment on column notify.ent_notification_workflow.tags is 'Free words to find it by.';
comment on column notify.ent_notification_workflow.publish_status is 'DRAFT until notify.publish made a version; then PUBLISHED.';
comment on column notify.ent_notification_workflow.published_version is 'The version that notifications are rendered with.';
comment on column notify.ent_notification_workflow.deactivated is 'True stops new notifications at once; a shared workflow of the same key takes over where there is one.';
comment on column notify.ent_notification_workflow.created_at is 'When the row was made.';
comment on column notify.ent_notification_workflow.updated_at is 'When it was changed last.';
