-- Receipts by state: changes as they were appended, and totals that the tick adds them to. The sum over both is exact at every moment.
alter table notify.notification_receipt_count enable row level security;
alter table notify.notification_receipt_count force row level security;

drop policy if exists "the engine sees every enterprise" on notify.notification_receipt_count;
create policy "the engine sees every enterprise" on notify.notification_receipt_count
for all to notify_engine using (true) with check (true);

drop policy if exists "a platform stays within what it reaches" on notify.notification_receipt_count;
create policy "a platform stays within what it reaches" on notify.notification_receipt_count
as restrictive for all to notify_platform
using (enterprise_id operator (notify.~=) (select notify.reached_enterprise_id()));

drop policy if exists "a platform reads the enterprise in its context" on notify.notification_receipt_count;
create policy "a platform reads the enterprise in its context" on notify.notification_receipt_count
for select to notify_platform
using (enterprise_id = (select notify.reached_enterprise_id()));

drop policy if exists "an analyst stays within what it reaches" on notify.notification_receipt_count;
create policy "an analyst stays within what it reaches" on notify.notification_receipt_count
as restrictive for all to notify_analyst
using (enterprise_id = any(array(select e.enterprise_id from notify.login_enterprise as e)));

drop policy if exists "an analyst reads what its login is bound to" on notify.notification_receipt_count;
create policy "an analyst reads what its login is bound to" on notify.notification_receipt_count
for select to notify_analyst
using (enterprise_id = any(array(select e.enterprise_id from notify.login_enterprise as e)));

drop policy if exists "who reads all reads every enterprise" on notify.notification_receipt_count;
create policy "who reads all reads every enterprise" on notify.notification_receipt_count
for select to notify_analyst_all, notify_admin
using (enterprise_id between (select notify.lowest_reached()) and (select notify.highest_reached()));

grant select, insert, update, delete on notify.notification_receipt_count to notify_engine;
grant select on notify.notification_receipt_count to notify_platform, notify_analyst, notify_analyst_all, notify_admin;

comment on table notify.notification_receipt_count is 'How many receipts there are, as changes and totals: read notify.notification_funnel.';
comment on column notify.notification_receipt_count.enterprise_id is 'Whose they are.';
comment on column notify.notification_receipt_count.day is 'The day on which they were inserted, in UTC.';
comment on column notify.notification_receipt_count.workflow_key is 'The workflow by key.';
comment on column notify.notification_receipt_count.channel_type is 'The channel; empty: never rendered.';
comment on column notify.notification_receipt_count.is_drill is 'True for drills.';
comment on column notify.notification_receipt_count.is_total is 'True: the total; false: a change that is not added to it yet.';
comment on column notify.notification_receipt_count.dispatched_count is 'A provider took it, or more.';
comment on column notify.notification_receipt_count.delivered_count is 'It was delivered, or more.';
comment on column notify.notification_receipt_count.seen_count is 'It was seen or read.';
comment on column notify.notification_receipt_count.skipped_count is 'Novu left the channel out.';
comment on column notify.notification_receipt_count.undelivered_count is 'A provider failed.';
