-- Deliveries: made by the insert trigger, changed by the worker's functions and by notify.retract; read through the status views.
alter table notify.notification_delivery enable row level security;
alter table notify.notification_delivery force row level security;

drop policy if exists "the engine sees every enterprise" on notify.notification_delivery;
create policy "the engine sees every enterprise" on notify.notification_delivery
for all to notify_engine using (true) with check (true);

drop policy if exists "a platform stays within what it reaches" on notify.notification_delivery;
create policy "a platform stays within what it reaches" on notify.notification_delivery
as restrictive for all to notify_owner, notify_platform
using (enterprise_id operator (notify.~=) (select notify.reached_enterprise_id()));

drop policy if exists "the enterprise in the context" on notify.notification_delivery;
create policy "the enterprise in the context" on notify.notification_delivery
for all to notify_owner
using (enterprise_id = (select notify.reached_enterprise_id()));

drop policy if exists "a platform reads the enterprise in its context" on notify.notification_delivery;
create policy "a platform reads the enterprise in its context" on notify.notification_delivery
for select to notify_platform
using (enterprise_id = (select notify.reached_enterprise_id()));

drop policy if exists "an analyst stays within what it reaches" on notify.notification_delivery;
create policy "an analyst stays within what it reaches" on notify.notification_delivery
as restrictive for all to notify_analyst
using (enterprise_id = any(array(select e.enterprise_id from notify.login_enterprise as e)));

drop policy if exists "an analyst reads what its login is bound to" on notify.notification_delivery;
create policy "an analyst reads what its login is bound to" on notify.notification_delivery
for select to notify_analyst
using (enterprise_id = any(array(select e.enterprise_id from notify.login_enterprise as e)));

drop policy if exists "who reads all reads every enterprise" on notify.notification_delivery;
create policy "who reads all reads every enterprise" on notify.notification_delivery
for select to notify_analyst_all, notify_admin
using (enterprise_id between (select notify.lowest_reached()) and (select notify.highest_reached()));

grant select, insert, update, delete on notify.notification_delivery to notify_engine;
grant select (
  enterprise_id,
  notification_id,
  number,
  transaction_id,
  lane,
  recipient_count,
  delivery_status,
  due_at,
  attempt,
  failure_count,
  http_status,
  latency_ms,
  error_details,
  finished_at,
  receipts_asked_at
) on notify.notification_delivery to notify_platform, notify_analyst, notify_analyst_all, notify_admin;

comment on table notify.notification_delivery is 'One Novu event: at most 100 recipients of a notification, under one transactionId, with its attempts. due_at set: waits in the table; claim_id set: a worker has it; neither, and OPEN: a message in its lane''s queue points at it.';
comment on column notify.notification_delivery.enterprise_id is 'Whose it is.';
comment on column notify.notification_delivery.notification_id is 'The notification.';
comment on column notify.notification_delivery.number is 'Counts from 1 within the notification.';
comment on column notify.notification_delivery.transaction_id is 'Novu''s transactionId: the same at every attempt, so that Novu drops a duplicate.';
comment on column notify.notification_delivery.target is 'The Novu environment to which its last attempt went, where that is the enterprise''s own; null: the default one.';
comment on column notify.notification_delivery.doubtful_ids is 'The transactionIds that Novu may have taken without our knowing, since an answer never came; null: none.';
comment on column notify.notification_delivery.lane is 'critical, normal or bulk.';
comment on column notify.notification_delivery.recipients is 'Its recipients, 1 to 100.';
comment on column notify.notification_delivery.payload is 'The values of its one recipient, which come before the notification''s payload; null: none.';
comment on column notify.notification_delivery.attributes is 'Attributes of its recipients in Novu''s words, an object by recipient; null: none.';
comment on column notify.notification_delivery.recipient_count is 'How many recipients it has.';
comment on column notify.notification_delivery.delivery_status is 'OPEN, SENT (Novu accepted it), FAILED or RETRACTED.';
comment on column notify.notification_delivery.due_at is 'It waits in the table until then, and after that for its enterprise''s turn.';
comment on column notify.notification_delivery.claim_id is 'The claim by which a worker has it.';
comment on column notify.notification_delivery.attempt is 'How often it was claimed. A report with an older number changes nothing.';
comment on column notify.notification_delivery.failure_count is 'How many attempts failed in a way that counts towards the limit.';
comment on column notify.notification_delivery.strike_count is 'How often its lease ran out before it was rendered.';
comment on column notify.notification_delivery.is_alone is 'True: claimed and posted by itself, since it was among others of which one may have done harm.';
comment on column notify.notification_delivery.http_status is 'HTTP status of Novu''s last answer.';
comment on column notify.notification_delivery.latency_ms is 'How long Novu took for the last answer, in milliseconds.';
comment on column notify.notification_delivery.error_details is 'What went wrong last: code and message.';
comment on column notify.notification_delivery.finished_at is 'When it became SENT, FAILED or RETRACTED.';
comment on column notify.notification_delivery.receipts_asked_at is 'When Novu last answered what became of it; null: it was not asked (yet), or gave no answer.';
