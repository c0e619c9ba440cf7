-- Published versions of workflows: immutable, written by notify.publish and notify.rollback only.
alter table notify.notification_workflow_version enable row level security;
alter table notify.notification_workflow_version force row level security;

drop policy if exists "the engine sees every enterprise" on notify.notification_workflow_version;
create policy "the engine sees every enterprise" on notify.notification_workflow_version
for all to notify_engine using (true) with check (true);

drop policy if exists "a login stays within what it reaches and what is shared" on notify.notification_workflow_version;
create policy "a login stays within what it reaches and what is shared" on notify.notification_workflow_version
as restrictive for all to notify_platform, notify_manager
using (
  enterprise_id operator (notify.~=) (select notify.reached_enterprise_id())
  or (enterprise_id operator (notify.~=) '00000000-0000-0000-0000-000000000000'::uuid and (select notify.is_listed()))
);

drop policy if exists "the enterprise in the context and what is shared" on notify.notification_workflow_version;
create policy "the enterprise in the context and what is shared" on notify.notification_workflow_version
for select to notify_owner, notify_platform, notify_manager
using (enterprise_id in ((select notify.reached_enterprise_id()), '00000000-0000-0000-0000-000000000000'::uuid));

drop policy if exists "an enterprise adds its own" on notify.notification_workflow_version;
create policy "an enterprise adds its own" on notify.notification_workflow_version
for insert to notify_owner
with check (enterprise_id = (select notify.reached_enterprise_id()));

drop policy if exists "an admin reads what it reaches and what is shared" on notify.notification_workflow_version;
create policy "an admin reads what it reaches and what is shared" on notify.notification_workflow_version
for select to notify_owner, notify_admin
using (
  (select notify.is_admin())
  and (
    enterprise_id in ((select notify.reached_enterprise_id()), '00000000-0000-0000-0000-000000000000'::uuid)
    or (select notify.reaches_all())
  )
);

drop policy if exists "an admin adds to what it reaches" on notify.notification_workflow_version;
create policy "an admin adds to what it reaches" on notify.notification_workflow_version
for insert to notify_owner
with check (
  (select notify.is_admin())
  and (enterprise_id = (select notify.reached_enterprise_id()) or (select notify.reaches_all()))
);

grant select on notify.notification_workflow_version to notify_engine;
-- By column: a right on the whole table would show the system columns, and in a shared row's xmax who else refers to it.
grant select (
  enterprise_id, workflow_id, version, name, description, priority, tags, default_channels, bundle, bundle_hash,
  expires_after, fallback_text, note, rolled_back_to, published_at, published_by
) on notify.notification_workflow_version to notify_manager, notify_admin;

-- What is published, but for the templates.
grant select (
  enterprise_id, workflow_id, version, name, description, priority, tags, default_channels, expires_after,
  fallback_text, published_at
) on notify.notification_workflow_version to notify_platform;

create or replace trigger audit after insert or update or delete on notify.notification_workflow_version
for each row execute function notify.record_change('workflow_id,version', 'bundle');

comment on table notify.notification_workflow_version is 'A workflow as it was published, with every template that it needs pinned. Never changed, only added to.';
comment on column notify.notification_workflow_version.enterprise_id is 'Whose the workflow is; the nil UUID for a shared one.';
comment on column notify.notification_workflow_version.workflow_id is 'The workflow.';
comment on column notify.notification_workflow_version.version is 'Counts from 1 within the workflow.';
comment on column notify.notification_workflow_version.name is 'The workflow''s name for people when it was published.';
comment on column notify.notification_workflow_version.description is 'When it is used, as written then.';
comment on column notify.notification_workflow_version.priority is 'Priority of its notifications, unless the notification names another.';
comment on column notify.notification_workflow_version.tags is 'The workflow''s tags then.';
comment on column notify.notification_workflow_version.default_channels is 'The channels that this version goes out on.';
comment on column notify.notification_workflow_version.bundle is 'All that rendering needs: templates by channel, key and locale, the entry template of each channel, the payload schema.';
comment on column notify.notification_workflow_version.bundle_hash is 'SHA-256 of the bundle: the key under which a backend keeps it compiled.';
comment on column notify.notification_workflow_version.expires_after is 'How long after its creation a notification is still worth sending; null: for ever.';
comment on column notify.notification_workflow_version.fallback_text is 'What goes out on the critical lane where a template can''t be rendered; null: the workflow''s name.';
comment on column notify.notification_workflow_version.note is 'What changed, as given to notify.publish or notify.rollback.';
comment on column notify.notification_workflow_version.rolled_back_to is 'The earlier version that it takes up again; null: it was made of the draft.';
comment on column notify.notification_workflow_version.published_at is 'When it was published.';
comment on column notify.notification_workflow_version.published_by is 'The login that published it.';
