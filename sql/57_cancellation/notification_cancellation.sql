-- Cancellations: what Novu is asked to stop after a retraction. Made by notify.follow_retraction, changed by the worker's functions;
-- read by the platform, by analysts and by admins, in sum through notify.notification_retractions.
alter table notify.notification_cancellation enable row level security;
alter table notify.notification_cancellation force row level security;

drop policy if exists "the engine sees every enterprise" on notify.notification_cancellation;
create policy "the engine sees every enterprise" on notify.notification_cancellation
for all to notify_engine using (true) with check (true);

drop policy if exists "a platform stays within what it reaches" on notify.notification_cancellation;
create policy "a platform stays within what it reaches" on notify.notification_cancellation
as restrictive for all to notify_owner, notify_platform
using (enterprise_id operator (notify.~=) (select notify.reached_enterprise_id()));

drop policy if exists "the enterprise in the context" on notify.notification_cancellation;
create policy "the enterprise in the context" on notify.notification_cancellation
for all to notify_owner
using (enterprise_id = (select notify.reached_enterprise_id()));

drop policy if exists "a platform reads the enterprise in its context" on notify.notification_cancellation;
create policy "a platform reads the enterprise in its context" on notify.notification_cancellation
for select to notify_platform
using (enterprise_id = (select notify.reached_enterprise_id()));

drop policy if exists "an analyst stays within what it reaches" on notify.notification_cancellation;
create policy "an analyst stays within what it reaches" on notify.notification_cancellation
as restrictive for all to notify_analyst
using (enterprise_id = any(array(select e.enterprise_id from notify.login_enterprise as e)));

drop policy if exists "an analyst reads what its login is bound to" on notify.notification_cancellation;
create policy "an analyst reads what its login is bound to" on notify.notification_cancellation
for select to notify_analyst
using (enterprise_id = any(array(select e.enterprise_id from notify.login_enterprise as e)));

drop policy if exists "who reads all reads every enterprise" on notify.notification_cancellation;
create policy "who reads all reads every enterprise" on notify.notification_cancellation
for select to notify_analyst_all, notify_admin
using (enterprise_id between (select notify.lowest_reached()) and (select notify.highest_reached()));

grant select, insert, update, delete on notify.notification_cancellation to notify_engine;
grant select (
  enterprise_id,
  notification_id,
  transaction_id,
  number,
  lane,
  cancellation_status,
  requested_at,
  due_at,
  attempt,
  failure_count,
  http_status,
  error_details,
  finished_at
) on notify.notification_cancellation to notify_platform, notify_analyst, notify_analyst_all, notify_admin;
grant select (target, claimed_by, is_handed_over) on notify.notification_cancellation to notify_admin;

comment on table notify.notification_cancellation is 'What Novu is asked to stop after a retraction: a row for each event that it took or may have taken.';
comment on column notify.notification_cancellation.enterprise_id is 'Whose it is.';
comment on column notify.notification_cancellation.notification_id is 'The retracted notification.';
comment on column notify.notification_cancellation.transaction_id is 'Novu''s transactionId of the event. That of the delivery, or an earlier one, if it was replayed since.';
comment on column notify.notification_cancellation.number is 'The delivery within the notification.';
comment on column notify.notification_cancellation.lane is 'The lane on which Novu is asked: the delivery''s.';
comment on column notify.notification_cancellation.target is 'The Novu environment to which the event went.';
comment on column notify.notification_cancellation.cancellation_status is 'OPEN; STOPPED: Novu still had something of it waiting, and stopped that; NOTHING_TO_STOP: Novu had handed all of it to the providers already, or never had it; GIVEN_UP: Novu gave no such answer for a day.';
comment on column notify.notification_cancellation.requested_at is 'When it became clear that Novu must be asked.';
comment on column notify.notification_cancellation.due_at is 'When Novu may be asked next; while a worker has it in hand, when another may take it over.';
comment on column notify.notification_cancellation.attempt is 'How often Novu was asked. A report with an older number changes nothing.';
comment on column notify.notification_cancellation.claimed_by is 'The worker that has it in hand.';
comment on column notify.notification_cancellation.is_handed_over is 'Whether that worker got its request.';
comment on column notify.notification_cancellation.failure_count is 'How often it failed.';
comment on column notify.notification_cancellation.http_status is 'Novu''s last answer.';
comment on column notify.notification_cancellation.error_details is 'What went wrong last: code and message.';
comment on column notify.notification_cancellation.finished_at is 'When it was no longer OPEN.';
