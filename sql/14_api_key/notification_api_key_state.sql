-- What is left of the limit of each API key, by enterprise. The engine's; an admin and the enterprise's managers look.
alter table notify.notification_api_key_state enable row level security;
alter table notify.notification_api_key_state force row level security;

drop policy if exists "the engine sees every enterprise" on notify.notification_api_key_state;
create policy "the engine sees every enterprise" on notify.notification_api_key_state
for all to notify_engine using (true) with check (true);

drop policy if exists "a manager stays within what it reaches" on notify.notification_api_key_state;
create policy "a manager stays within what it reaches" on notify.notification_api_key_state
as restrictive for all to notify_manager
using (enterprise_id operator (notify.~=) (select notify.reached_enterprise_id()));

drop policy if exists "a manager reads the enterprise in its context" on notify.notification_api_key_state;
create policy "a manager reads the enterprise in its context" on notify.notification_api_key_state
for select to notify_manager
using (enterprise_id = (select notify.reached_enterprise_id()));

drop policy if exists "an admin reads what it reaches" on notify.notification_api_key_state;
create policy "an admin reads what it reaches" on notify.notification_api_key_state
for select to notify_admin
using (enterprise_id = (select notify.reached_enterprise_id()) or (select notify.reaches_all()));

grant select, insert, update on notify.notification_api_key_state to notify_engine;
grant select on notify.notification_api_key_state to notify_manager, notify_admin;

comment on table notify.notification_api_key_state is 'What is left of each API key''s limit; one that was never used has no row.';
comment on column notify.notification_api_key_state.enterprise_id is 'The enterprise that it was used for.';
comment on column notify.notification_api_key_state.key_id is 'The key.';
comment on column notify.notification_api_key_state.tokens is 'Requests left at refilled_at; below zero where a bulk took more.';
comment on column notify.notification_api_key_state.refilled_at is 'When they were counted: when the key was last used.';
comment on column notify.notification_api_key_state.emergency_tokens is 'Emergencies left beyond that, at emergency_refilled_at; null: all.';
comment on column notify.notification_api_key_state.emergency_refilled_at is 'When they were counted.';
