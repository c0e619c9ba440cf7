-- Targets in bridge mode: there Novu asks us which workflows there are, and for each step's content when it executes it, where on
-- every other target workflows are pushed to it and the content goes with the trigger. Never both: a row here is the mode. The
-- admin's; the lower part is the engine's, which has Novu discover anew.
alter table notify.notification_bridge enable row level security;
alter table notify.notification_bridge force row level security;

drop policy if exists "the engine sees every target" on notify.notification_bridge;
create policy "the engine sees every target" on notify.notification_bridge
for all to notify_engine using (true) with check (true);

drop policy if exists "an admin manages the bridges" on notify.notification_bridge;
create policy "an admin manages the bridges" on notify.notification_bridge
for all to notify_admin
using ((select notify.is_admin()));

grant select, update on notify.notification_bridge to notify_engine;
grant select on notify.notification_bridge to notify_admin;
grant insert (target, bridge_url, note) on notify.notification_bridge to notify_admin;
grant update (bridge_url, note) on notify.notification_bridge to notify_admin;
grant delete on notify.notification_bridge to notify_admin;

-- Only what an admin may write; what the engine writes is no decision of anybody's.
create or replace trigger audit after insert or delete or update of bridge_url, note on notify.notification_bridge
for each row execute function notify.record_change(
  'target',
  'due_at,attempt,claimed_by,asked_at,asked_for,discovered,is_in_step,failure_count,http_status,error_details,'
  'answered_at'
);

comment on table notify.notification_bridge is 'The targets in bridge mode, and whether Novu has discovered there what is published here. A target without a row is in pass-through mode.';
comment on column notify.notification_bridge.target is 'Name of the target; default is the one that enterprises share.';
comment on column notify.notification_bridge.bridge_url is 'What Novu calls: https://…/api/novu for the default target, https://…/api/novu/<target> for another.';
comment on column notify.notification_bridge.note is 'Why it is so.';
comment on column notify.notification_bridge.created_at is 'When the row was made.';
comment on column notify.notification_bridge.due_at is 'When Novu may be asked to discover next; while a worker has it in hand, when another may take it over; null: nothing is to be asked.';
comment on column notify.notification_bridge.attempt is 'Counts the requests; a report with an old one changes nothing.';
comment on column notify.notification_bridge.claimed_by is 'The worker that has it in hand.';
comment on column notify.notification_bridge.asked_at is 'When that worker got its request; null: not yet.';
comment on column notify.notification_bridge.asked_for is 'Digest of what was published when that worker got its request.';
comment on column notify.notification_bridge.discovered is 'Digest of what Novu discovered last; null: nothing yet.';
comment on column notify.notification_bridge.is_in_step is 'Whether Novu has discovered what is published, as the last tick saw it.';
comment on column notify.notification_bridge.failure_count is 'How often it failed since it was in step.';
comment on column notify.notification_bridge.http_status is 'Novu''s last answer.';
comment on column notify.notification_bridge.error_details is 'What went wrong: code and message.';
comment on column notify.notification_bridge.answered_at is 'When the last answer was reported.';
