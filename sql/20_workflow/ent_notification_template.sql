-- Templates: an enterprise's own and the shared ones, which every enterprise reads and the admin changes.
alter table notify.ent_notification_template enable row level security;
alter table notify.ent_notification_template force row level security;

drop policy if exists "the engine sees every enterprise" on notify.ent_notification_template;
create policy "the engine sees every enterprise" on notify.ent_notification_template
for all to notify_engine using (true) with check (true);

drop policy if exists "a login stays within what it reaches and what is shared" on notify.ent_notification_template;
create policy "a login stays within what it reaches and what is shared" on notify.ent_notification_template
as restrictive for all to notify_platform, notify_manager
using (
  enterprise_id operator (notify.~=) (select notify.reached_enterprise_id())
  or (enterprise_id operator (notify.~=) '00000000-0000-0000-0000-000000000000'::uuid and (select notify.is_listed()))
);

drop policy if exists "the enterprise in the context and what is shared" on notify.ent_notification_template;
create policy "the enterprise in the context and what is shared" on notify.ent_notification_template
for select to notify_owner, notify_platform, notify_manager
using (enterprise_id in ((select notify.reached_enterprise_id()), '00000000-0000-0000-0000-000000000000'::uuid));

drop policy if exists "an enterprise adds its own" on notify.ent_notification_template;
create policy "an enterprise adds its own" on notify.ent_notification_template
for insert to notify_owner, notify_manager
with check (enterprise_id = (select notify.reached_enterprise_id()));

drop policy if exists "an enterprise changes its own" on notify.ent_notification_template;
create policy "an enterprise changes its own" on notify.ent_notification_template
for update to notify_owner, notify_manager
using (enterprise_id = (select notify.reached_enterprise_id()));

drop policy if exists "an admin reads what it reaches and what is shared" on notify.ent_notification_template;
create policy "an admin reads what it reaches and what is shared" on notify.ent_notification_template
for select to notify_owner, notify_admin
using (
  (select notify.is_admin())
  and (
    enterprise_id in ((select notify.reached_enterprise_id()), '00000000-0000-0000-0000-000000000000'::uuid)
    or (select notify.reaches_all())
  )
);

drop policy if exists "an admin changes what it reaches" on notify.ent_notification_template;
create policy "an admin changes what it reaches" on notify.ent_notification_template
for all to notify_owner, notify_admin
using (
  (select notify.is_admin())
  and (enterprise_id = (select notify.reached_enterprise_id()) or (select notify.reaches_all()))
);

grant select on notify.ent_notification_template to notify_engine;
-- By column: a right on the whole table would show the system columns, and in a shared row's xmax who else refers to it.
grant select (
  enterprise_id, id, template_key, channel_type, locale, name, description, subject_template, body_template, extras,
  inlined_template, variables_description, created_at, updated_at
) on notify.ent_notification_template to notify_manager, notify_admin;
grant insert (
  enterprise_id,
  id,
  template_key,
  channel_type,
  locale,
  name,
  description,
  subject_template,
  body_template,
  extras,
  variables_description
) on notify.ent_notification_template to notify_manager, notify_admin;
grant update (
  template_key,
  channel_type,
  locale,
  name,
  description,
  subject_template,
  body_template,
  extras,
  variables_description
) on notify.ent_notification_template to notify_manager, notify_admin;
-- A right on the whole table, such as DELETE, would let its holder lock the table for every enterprise: not for a manager.
grant delete on notify.ent_notification_template to notify_admin;

create or replace trigger check_context before insert or update or delete on notify.ent_notification_template
for each statement execute function notify.check_context();

create or replace trigger inline_styles before insert or update of channel_type, body_template
on notify.ent_notification_template
for each row execute function notify.inline_template();

create or replace trigger warn_of_inserted after insert on notify.ent_notification_template
referencing new table as saved
for each statement execute function notify.warn_of_problems();

create or replace trigger warn_of_updated after update on notify.ent_notification_template
referencing new table as saved
for each statement execute function notify.warn_of_problems();

create or replace trigger warn_of_deleted after delete on notify.ent_notification_template
referencing old table as saved
for each statement execute function notify.warn_of_problems();

create or replace trigger touch before update on notify.ent_notification_template
for each row execute function notify.touch_updated_at();

create or replace trigger audit after insert or update or delete on notify.ent_notification_template
for each row
execute function notify.record_change('id,template_key,channel_type,locale', 'inlined_template,updated_at');

comment on table notify.ent_notification_template is 'The text for one channel, in Jinja syntax. What is sent is what was published: an edit shows after the next notify.publish of a workflow that uses it.';
comment on column notify.ent_notification_template.enterprise_id is 'Whose it is; the nil UUID for a shared one. Defaults to the context.';
comment on column notify.ent_notification_template.id is 'Id of the template.';
comment on column notify.ent_notification_template.template_key is 'Its name for workflows and for xnovu_render; unique within the enterprise, channel and locale.';
comment on column notify.ent_notification_template.channel_type is 'EMAIL, IN_APP, SMS, PUSH or CHAT.';
comment on column notify.ent_notification_template.locale is 'The language that it is written in, such as da or pt-BR; empty: the variant that all others fall back to, which there must be.';
comment on column notify.ent_notification_template.name is 'Its name for people.';
comment on column notify.ent_notification_template.description is 'What it is for.';
comment on column notify.ent_notification_template.subject_template is 'The subject (EMAIL, IN_APP, PUSH), always text on one line.';
comment on column notify.ent_notification_template.body_template is 'The body: HTML for EMAIL and IN_APP, text for the others.';
comment on column notify.ent_notification_template.extras is 'IN_APP only: avatar, redirect, actions and data, each with tags where you like.';
comment on column notify.ent_notification_template.inlined_template is 'EMAIL only: the body with its <style> rules written into the elements, as it is published; null where there is nothing to write in. Filled when the row is saved.';
comment on column notify.ent_notification_template.variables_description is 'What each variable means: {"floor": "where the alarm was raised"}.';
comment on column notify.ent_notification_template.created_at is 'When the row was made.';
comment on column notify.ent_notification_template.updated_at is 'When it was changed last.';
