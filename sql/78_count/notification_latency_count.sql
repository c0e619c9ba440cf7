-- How long deliveries took, counted in buckets: as a report appends them, and as totals that the tick adds them to, which are kept for a day.
alter table notify.notification_latency_count enable row level security;
alter table notify.notification_latency_count force row level security;

drop policy if exists "the engine sees every enterprise" on notify.notification_latency_count;
create policy "the engine sees every enterprise" on notify.notification_latency_count
for all to notify_engine using (true) with check (true);

drop policy if exists "a platform stays within what it reaches" on notify.notification_latency_count;
create policy "a platform stays within what it reaches" on notify.notification_latency_count
as restrictive for all to notify_platform
using (enterprise_id operator (notify.~=) (select notify.reached_enterprise_id()));

drop policy if exists "a platform reads the enterprise in its context" on notify.notification_latency_count;
create policy "a platform reads the enterprise in its context" on notify.notification_latency_count
for select to notify_platform
using (enterprise_id = (select notify.reached_enterprise_id()));

drop policy if exists "an analyst stays within what it reaches" on notify.notification_latency_count;
create policy "an analyst stays within what it reaches" on notify.notification_latency_count
as restrictive for all to notify_analyst
using (enterprise_id = any(array(select e.enterprise_id from notify.login_enterprise as e)));

drop policy if exists "an analyst reads what its login is bound to" on notify.notification_latency_count;
create policy "an analyst reads what its login is bound to" on notify.notification_latency_count
for select to notify_analyst
using (enterprise_id = any(array(select e.enterprise_id from notify.login_enterprise as e)));

drop policy if exists "who reads all reads every enterprise" on notify.notification_latency_count;
create policy "who reads all reads every enterprise" on notify.notification_latency_count
for select to notify_analyst_all, notify_admin
using (enterprise_id between (select notify.lowest_reached()) and (select notify.highest_reached()));

grant select, insert, update, delete on notify.notification_latency_count to notify_engine;
grant select on notify.notification_latency_count to notify_platform, notify_analyst, notify_analyst_all, notify_admin;

comment on table notify.notification_latency_count is 'How long deliveries took, in buckets: read notify.notification_latency.';
comment on column notify.notification_latency_count.enterprise_id is 'The nil UUID: all enterprises together.';
comment on column notify.notification_latency_count.minute is 'The minute in which Novu accepted them.';
comment on column notify.notification_latency_count.lane is 'critical, normal or bulk.';
comment on column notify.notification_latency_count.stage is 'wait, post or total.';
comment on column notify.notification_latency_count.bucket is 'See engine.latency_bucket.';
comment on column notify.notification_latency_count.is_total is 'True: the total; false: of one report, not added to it yet.';
comment on column notify.notification_latency_count.delivery_count is 'How many deliveries.';
