-- Depth and oldest age of each lane, of the enterprises that the caller's login reaches.
create or replace view notify.lane_status with (security_invoker = true) as
select
  l.lane,
  l.waiting_count,
  l.scheduled_count,
  l.queued_count,
  l.claimed_count,
  notify.now() - l.oldest_due_at as oldest_age
from engine.lane_depths() as l;

alter view notify.lane_status owner to notify_owner;
grant usage on schema engine to notify_platform, notify_analyst, notify_analyst_all, notify_admin;
grant select on notify.lane_status to notify_platform, notify_analyst, notify_analyst_all, notify_admin;
comment on view notify.lane_status is 'Depth and oldest age of each lane, in deliveries, of the enterprises that you reach.';
comment on column notify.lane_status.lane is 'critical, normal or bulk.';
comment on column notify.lane_status.waiting_count is 'Due, and waiting in the table for their enterprise''s turn.';
comment on column notify.lane_status.scheduled_count is 'Not due yet: scheduled, or waiting for the next attempt.';
comment on column notify.lane_status.queued_count is 'In the lane''s queue.';
comment on column notify.lane_status.claimed_count is 'In a worker''s hands.';
comment on column notify.lane_status.oldest_age is 'How long the oldest of those that are due has been waiting; null: none waits.';
