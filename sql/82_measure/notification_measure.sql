-- What the system counts about itself since it was migrated: the engine's own, read through http_v1.list_metrics.
alter table notify.notification_measure enable row level security;
alter table notify.notification_measure force row level security;

drop policy if exists "the engine alone" on notify.notification_measure;
create policy "the engine alone" on notify.notification_measure
for all to notify_engine using (true) with check (true);
grant select, insert, update, delete on notify.notification_measure to notify_engine;

comment on table notify.notification_measure is 'What was counted, a row a backend and lane, so that no two transactions wait for the same row.';
comment on column notify.notification_measure.backend is 'Process id of the backend; 0: of those that ended, added up.';
comment on column notify.notification_measure.lane is 'critical, normal or bulk; none: refused at the INSERT, before there was one.';
comment on column notify.notification_measure.claim_count is 'Claims that were rendered.';
comment on column notify.notification_measure.claimed_count is 'Deliveries in them.';
comment on column notify.notification_measure.sent_count is 'Deliveries that Novu accepted.';
comment on column notify.notification_measure.retry_count is 'Attempts that are to be repeated.';
comment on column notify.notification_measure.failed_count is 'Deliveries that were given up after an answer.';
comment on column notify.notification_measure.retracted_count is 'Deliveries of which an answer came after the retraction.';
comment on column notify.notification_measure.dead_count is 'Notifications that ended FAILED.';
comment on column notify.notification_measure.cache_hit_count is 'Uses of a workflow''s bundle that was there compiled.';
comment on column notify.notification_measure.cache_miss_count is 'Uses for which it had to be compiled.';
comment on column notify.notification_measure.answered_poll_count is 'Polls that Novu answered.';
comment on column notify.notification_measure.retried_poll_count is 'Polls without an answer, that are to be repeated.';
comment on column notify.notification_measure.dropped_poll_count is 'Polls without an answer, that were given up.';
comment on column notify.notification_measure.render_buckets is 'How long rendering took, by claim.';
comment on column notify.notification_measure.render_seconds is 'All of that added up.';
comment on column notify.notification_measure.wait_buckets is 'From when a delivery might go to its claim, by accepted delivery.';
comment on column notify.notification_measure.wait_seconds is 'All of that added up.';
comment on column notify.notification_measure.post_buckets is 'How long Novu took to answer, by answer and delivery.';
comment on column notify.notification_measure.post_seconds is 'All of that added up.';
comment on column notify.notification_measure.total_buckets is 'From when a delivery might go until Novu accepted it.';
comment on column notify.notification_measure.total_seconds is 'All of that added up.';
