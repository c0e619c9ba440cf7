-- Receipts: what Novu says became of a delivery, per recipient and channel. Written by engine.record_receipts, whoever brings the news;
-- read by the platform with the recipient, by analysts and admins without.
alter table notify.notification_receipt enable row level security;
alter table notify.notification_receipt force row level security;

drop policy if exists "the engine sees every enterprise" on notify.notification_receipt;
create policy "the engine sees every enterprise" on notify.notification_receipt
for all to notify_engine using (true) with check (true);

drop policy if exists "a platform stays within what it reaches" on notify.notification_receipt;
create policy "a platform stays within what it reaches" on notify.notification_receipt
as restrictive for all to notify_owner, notify_platform
using (enterprise_id operator (notify.~=) (select notify.reached_enterprise_id()));

drop policy if exists "a platform reads the enterprise in its context" on notify.notification_receipt;
create policy "a platform reads the enterprise in its context" on notify.notification_receipt
for select to notify_owner, notify_platform
using (enterprise_id = (select notify.reached_enterprise_id()));

drop policy if exists "an analyst stays within what it reaches" on notify.notification_receipt;
create policy "an analyst stays within what it reaches" on notify.notification_receipt
as restrictive for all to notify_analyst
using (enterprise_id = any(array(select e.enterprise_id from notify.login_enterprise as e)));

drop policy if exists "an analyst reads what its login is bound to" on notify.notification_receipt;
create policy "an analyst reads what its login is bound to" on notify.notification_receipt
for select to notify_analyst
using (enterprise_id = any(array(select e.enterprise_id from notify.login_enterprise as e)));

drop policy if exists "who reads all reads every enterprise" on notify.notification_receipt;
create policy "who reads all reads every enterprise" on notify.notification_receipt
for select to notify_analyst_all, notify_admin
using (enterprise_id between (select notify.lowest_reached()) and (select notify.highest_reached()));

grant select, insert, update, delete on notify.notification_receipt to notify_engine;
grant select (
  enterprise_id,
  notification_id,
  number,
  channel_type,
  receipt_status,
  happened_at,
  source,
  recorded_at
) on notify.notification_receipt to notify_platform, notify_analyst, notify_analyst_all, notify_admin;
grant select (recipient, transaction_id, detail) on notify.notification_receipt to notify_platform;

comment on table notify.notification_receipt is 'What Novu says became of a delivery: a row a delivery, recipient and channel of which something is known. It never goes backwards, and never changes what SENT means.';
comment on column notify.notification_receipt.enterprise_id is 'Whose it is.';
comment on column notify.notification_receipt.notification_id is 'The notification.';
comment on column notify.notification_receipt.number is 'The delivery within the notification.';
comment on column notify.notification_receipt.recipient is 'The recipient.';
comment on column notify.notification_receipt.channel_type is 'The channel.';
comment on column notify.notification_receipt.transaction_id is 'Novu''s transactionId of the event that it is about.';
comment on column notify.notification_receipt.receipt_status is 'DISPATCHED (a provider took it), DELIVERED, SEEN or READ; SKIPPED (Novu left the step out), FAILED, or UNKNOWN (Novu says nothing that we understand).';
comment on column notify.notification_receipt.happened_at is 'When it came to that, by Novu''s clock.';
comment on column notify.notification_receipt.detail is 'What Novu says of it, such as a provider''s error: it may name the recipient; null: nothing.';
comment on column notify.notification_receipt.source is 'WEBHOOK: Novu called; POLL: it was asked.';
comment on column notify.notification_receipt.recorded_at is 'When we learnt of it.';
