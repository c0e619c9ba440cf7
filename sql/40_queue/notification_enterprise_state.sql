-- What is left of the limit of each enterprise that has one. The engine's; an admin looks.
alter table notify.notification_enterprise_state enable row level security;
alter table notify.notification_enterprise_state force row level security;

drop policy if exists "the engine sees every enterprise" on notify.notification_enterprise_state;
create policy "the engine sees every enterprise" on notify.notification_enterprise_state
for all to notify_engine using (true) with check (true);

drop policy if exists "an admin reads what it reaches" on notify.notification_enterprise_state;
create policy "an admin reads what it reaches" on notify.notification_enterprise_state
for select to notify_admin
using (enterprise_id = (select notify.reached_enterprise_id()) or (select notify.reaches_all()));

grant select, insert, update on notify.notification_enterprise_state to notify_engine;
grant select on notify.notification_enterprise_state to notify_admin;

comment on table notify.notification_enterprise_state is 'What is left of each enterprise''s limit; one that has not sent since it was limited has no row.';
comment on column notify.notification_enterprise_state.enterprise_id is 'The enterprise.';
comment on column notify.notification_enterprise_state.allowance is 'Recipients left at refilled_at; below zero where the last delivery had more of them.';
comment on column notify.notification_enterprise_state.refilled_at is 'When they were counted.';
