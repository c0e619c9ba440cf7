-- Contents: what was rendered, written by rendering; read by the platform of the enterprise in its context, and for an API key by
-- the functions of http_v1; never by an analyst.
alter table notify.notification_content enable row level security;
alter table notify.notification_content force row level security;

drop policy if exists "the engine sees every enterprise" on notify.notification_content;
create policy "the engine sees every enterprise" on notify.notification_content
for all to notify_engine using (true) with check (true);

drop policy if exists "a platform stays within what it reaches" on notify.notification_content;
create policy "a platform stays within what it reaches" on notify.notification_content
as restrictive for all to notify_owner, notify_platform
using (enterprise_id operator (notify.~=) (select notify.reached_enterprise_id()));

drop policy if exists "a platform reads the enterprise in its context" on notify.notification_content;
create policy "a platform reads the enterprise in its context" on notify.notification_content
for select to notify_owner, notify_platform
using (enterprise_id = (select notify.reached_enterprise_id()));

grant select, insert, delete on notify.notification_content to notify_engine;
grant select on notify.notification_content to notify_platform;

comment on table notify.notification_content is 'What was rendered for a notification, exactly as it was handed to Novu.';
comment on column notify.notification_content.enterprise_id is 'Whose it is.';
comment on column notify.notification_content.notification_id is 'The notification.';
comment on column notify.notification_content.variant is 'The recipient whose own values it was rendered with; empty: for all others.';
comment on column notify.notification_content.rendered_at is 'When the notification was rendered, or the first part of it: its own rendered_at.';
comment on column notify.notification_content.workflow_enterprise_id is 'Whose the workflow is; the nil UUID for a shared one.';
comment on column notify.notification_content.workflow_id is 'The workflow that it was rendered by.';
comment on column notify.notification_content.workflow_version is 'Its version.';
comment on column notify.notification_content.content is 'The fields per channel: {"email": {"subject", "body"}, "sms": {"body"}}.';
comment on column notify.notification_content.warnings is 'What the renderer had to remark; null: nothing.';
