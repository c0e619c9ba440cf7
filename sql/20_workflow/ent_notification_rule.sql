-- Rules make notifications by themselves. Their rows are kept and isolated from the first day; nothing runs them yet, so nobody
-- is granted anything on them.
alter table notify.ent_notification_rule enable row level security;
alter table notify.ent_notification_rule force row level security;

drop policy if exists "the engine sees every enterprise" on notify.ent_notification_rule;
create policy "the engine sees every enterprise" on notify.ent_notification_rule
for all to notify_engine using (true) with check (true);

create or replace trigger audit after insert or update or delete on notify.ent_notification_rule
for each row execute function notify.record_change('id,name', 'updated_at');

comment on table notify.ent_notification_rule is 'What makes notifications by itself: CRON, SCHEDULE or EVENT. Not run yet.';
comment on column notify.ent_notification_rule.enterprise_id is 'Whose it is.';
comment on column notify.ent_notification_rule.id is 'Id of the rule.';
comment on column notify.ent_notification_rule.name is 'Its name for people.';
comment on column notify.ent_notification_rule.workflow_enterprise_id is 'Whose the workflow is: its own enterprise, or the nil UUID for a shared one.';
comment on column notify.ent_notification_rule.workflow_id is 'The workflow of the notifications that it makes.';
comment on column notify.ent_notification_rule.trigger_type is 'CRON, SCHEDULE or EVENT.';
comment on column notify.ent_notification_rule.trigger_config is 'When it fires.';
comment on column notify.ent_notification_rule.rule_payload is 'Payload of the notifications that it makes.';
comment on column notify.ent_notification_rule.publish_status is 'DRAFT or PUBLISHED.';
comment on column notify.ent_notification_rule.deactivated is 'True stops it.';
comment on column notify.ent_notification_rule.created_at is 'When the row was made.';
comment on column notify.ent_notification_rule.updated_at is 'When it was changed last.';
