-- Percentiles of how long deliveries took, by minute, as the tick worked them out: kept for 8 days. Read it through
-- notify.notification_latency, which adds what is not in it yet.
alter table notify.notification_latency_minute enable row level security;
alter table notify.notification_latency_minute force row level security;

drop policy if exists "the engine sees every enterprise" on notify.notification_latency_minute;
create policy "the engine sees every enterprise" on notify.notification_latency_minute
for all to notify_engine using (true) with check (true);

drop policy if exists "a platform stays within what it reaches" on notify.notification_latency_minute;
create policy "a platform stays within what it reaches" on notify.notification_latency_minute
as restrictive for all to notify_platform
using (enterprise_id operator (notify.~=) (select notify.reached_enterprise_id()));

drop policy if exists "a platform reads the enterprise in its context" on notify.notification_latency_minute;
create policy "a platform reads the enterprise in its context" on notify.notification_latency_minute
for select to notify_platform
using (enterprise_id = (select notify.reached_enterprise_id()));

drop policy if exists "an analyst stays within what it reaches" on notify.notification_latency_minute;
create policy "an analyst stays within what it reaches" on notify.notification_latency_minute
as restrictive for all to notify_analyst
using (enterprise_id = any(array(select e.enterprise_id from notify.login_enterprise as e)));

drop policy if exists "an analyst reads what its login is bound to" on notify.notification_latency_minute;
create policy "an analyst reads what its login is bound to" on notify.notification_latency_minute
for select to notify_analyst
using (enterprise_id = any(array(select e.enterprise_id from notify.login_enterprise as e)));

drop policy if exists "who reads all reads every enterprise" on notify.notification_latency_minute;
create policy "who reads all reads every enterprise" on notify.notification_latency_minute
for select to notify_analyst_all, notify_admin
using (enterprise_id between (select notify.lowest_reached()) and (select notify.highest_reached()));

grant select, insert, update, delete on notify.notification_latency_minute to notify_engine;
grant select on notify.notification_latency_minute to notify_platform, notify_analyst, notify_analyst_all, notify_admin;

comment on table notify.notification_latency_minute is 'Percentiles of how long deliveries took, a row an enterprise, minute, lane and stage, as buckets: read notify.notification_latency.';
comment on column notify.notification_latency_minute.enterprise_id is 'The nil UUID: all enterprises together.';
comment on column notify.notification_latency_minute.minute is 'The minute in which Novu accepted them.';
comment on column notify.notification_latency_minute.lane is 'critical, normal or bulk.';
comment on column notify.notification_latency_minute.stage is 'wait, post or total.';
comment on column notify.notification_latency_minute.delivery_count is 'How many deliveries.';
comment on column notify.notification_latency_minute.p50_bucket is 'The bucket (see engine.latency_bucket) up to which half of them are.';
comment on column notify.notification_latency_minute.p95_bucket is 'Up to which 95 of 100 are.';
comment on column notify.notification_latency_minute.p99_bucket is 'Up to which 99 of 100 are.';
