-- API keys of the HTTP face. An admin makes them, by notify.create_api_key; managers see and revoke those of their enterprise. The key itself is
-- nowhere: its hash is the engine's to compare.
alter table notify.notification_api_key enable row level security;
alter table notify.notification_api_key force row level security;

drop policy if exists "the engine sees every enterprise" on notify.notification_api_key;
create policy "the engine sees every enterprise" on notify.notification_api_key
for select to notify_engine using (true);

drop policy if exists "keys are made and revoked within what the login reaches" on notify.notification_api_key;
create policy "keys are made and revoked within what the login reaches" on notify.notification_api_key
for all to notify_owner
using (enterprise_id = (select notify.reached_enterprise_id()) or (select notify.reaches_all()));

drop policy if exists "a manager stays within what it reaches" on notify.notification_api_key;
create policy "a manager stays within what it reaches" on notify.notification_api_key
as restrictive for all to notify_manager
using (enterprise_id operator (notify.~=) (select notify.reached_enterprise_id()));

drop policy if exists "a manager reads the enterprise in its context" on notify.notification_api_key;
create policy "a manager reads the enterprise in its context" on notify.notification_api_key
for select to notify_manager
using (enterprise_id = (select notify.reached_enterprise_id()));

drop policy if exists "an admin reads what it reaches" on notify.notification_api_key;
create policy "an admin reads what it reaches" on notify.notification_api_key
for select to notify_admin
using (enterprise_id = (select notify.reached_enterprise_id()) or (select notify.reaches_all()));

grant select on notify.notification_api_key to notify_engine;
grant select (
  enterprise_id,
  id,
  name,
  key_start,
  scopes,
  bound_enterprises,
  created_at,
  created_by,
  expires_at,
  revoked_at,
  revoked_by,
  revocation_reason
) on notify.notification_api_key to notify_manager, notify_admin;

create or replace trigger check_context before insert or update or delete on notify.notification_api_key
for each statement execute function notify.check_context();

create or replace trigger audit after insert or update or delete on notify.notification_api_key
for each row execute function notify.record_change('id,name', 'key_hash');

comment on table notify.notification_api_key is 'API keys of the HTTP face, without the keys themselves: a key is shown once, by notify.create_api_key.';
comment on column notify.notification_api_key.enterprise_id is 'Whose it is; the nil UUID for one of the company''s, which is for the enterprises that it names.';
comment on column notify.notification_api_key.id is 'Id of the key: for limits, and to revoke it.';
comment on column notify.notification_api_key.name is 'What it is for.';
comment on column notify.notification_api_key.key_start is 'How it begins, to tell one from another.';
comment on column notify.notification_api_key.key_hash is 'SHA-256 of the SHA-256 of the key.';
comment on column notify.notification_api_key.scopes is 'What it allows: send (trigger), read, manage (retract).';
comment on column notify.notification_api_key.bound_enterprises is 'The enterprises that a key of the company''s is for; null: its own enterprise.';
comment on column notify.notification_api_key.created_at is 'When it was made.';
comment on column notify.notification_api_key.created_by is 'The login that made it.';
comment on column notify.notification_api_key.expires_at is 'Not after this time; null: it does not expire.';
comment on column notify.notification_api_key.revoked_at is 'When it was revoked; null: it was not.';
comment on column notify.notification_api_key.revoked_by is 'The login that revoked it.';
comment on column notify.notification_api_key.revocation_reason is 'Why it was revoked, where that was said.';
