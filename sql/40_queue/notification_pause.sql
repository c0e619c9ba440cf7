-- What is held back until somebody says otherwise: an enterprise, a workflow, a lane or a target. The admin's, by notify.pause and
-- notify.resume. The engine reads it, and locks a row while it holds deliveries back for it, so that none is forgotten.
alter table notify.notification_pause enable row level security;
alter table notify.notification_pause force row level security;

drop policy if exists "the engine sees every enterprise" on notify.notification_pause;
create policy "the engine sees every enterprise" on notify.notification_pause
for all to notify_engine using (true) with check (true);

drop policy if exists "an admin manages what it reaches" on notify.notification_pause;
create policy "an admin manages what it reaches" on notify.notification_pause
for all to notify_admin
using (enterprise_id = (select notify.reached_enterprise_id()) or (select notify.reaches_all()));

grant select, update on notify.notification_pause to notify_engine;
grant select on notify.notification_pause to notify_admin;
grant insert (enterprise_id, kind, name, reason) on notify.notification_pause to notify_admin;
grant delete on notify.notification_pause to notify_admin;

create or replace trigger check_context before insert or update or delete on notify.notification_pause
for each statement execute function notify.check_context();

create or replace trigger audit after insert or update or delete on notify.notification_pause
for each row execute function notify.record_change('kind,name');

create or replace trigger release after delete on notify.notification_pause
for each row execute function engine.release_paused();

comment on table notify.notification_pause is 'What is paused: nothing of it is handed to a worker until it is resumed. What a worker has in hand goes out.';
comment on column notify.notification_pause.enterprise_id is 'The enterprise that is paused, or whose notifications of the workflow are; the nil UUID: everybody''s.';
comment on column notify.notification_pause.kind is 'ENTERPRISE, WORKFLOW, LANE or TARGET.';
comment on column notify.notification_pause.name is 'Key of the workflow, or name of the lane or target; empty for an enterprise.';
comment on column notify.notification_pause.reason is 'Why.';
comment on column notify.notification_pause.paused_at is 'Since when.';
comment on column notify.notification_pause.paused_by is 'The login that paused it.';
