-- How near each enterprise is to its limits, and how much it has under way.
create or replace view notify.enterprise_status with (security_invoker = true) as
select
  f.enterprise_id,
  f.target,
  f.is_paused,
  f.waiting_count,
  f.queued_count,
  f.claimed_count,
  notify.now() - f.oldest_due_at as oldest_age,
  f.recipients_per_minute,
  f.recipient_burst,
  floor(f.recipients_left)::bigint as recipients_left,
  f.requests_per_second,
  f.request_burst,
  floor(f.requests_left)::bigint as requests_left,
  greatest(1 - f.recipients_left / f.recipient_burst, 1 - f.requests_left / f.request_burst) as limit_used
from engine.enterprise_figures() as f;

alter view notify.enterprise_status owner to notify_owner;
grant select on notify.enterprise_status to notify_platform, notify_analyst, notify_analyst_all, notify_admin;
comment on view notify.enterprise_status is 'How near each enterprise is to its limits, and how much it has under way; a row an enterprise.';
comment on column notify.enterprise_status.enterprise_id is 'The enterprise.';
comment on column notify.enterprise_status.target is 'The Novu environment that its notifications go to.';
comment on column notify.enterprise_status.is_paused is 'Whether it is paused.';
comment on column notify.enterprise_status.waiting_count is 'Deliveries that are due, and wait in the table for its turn or its limit.';
comment on column notify.enterprise_status.queued_count is 'Deliveries in the lanes'' queues.';
comment on column notify.enterprise_status.claimed_count is 'Deliveries in workers'' hands.';
comment on column notify.enterprise_status.oldest_age is 'How long the oldest of the waiting ones has been due; null: none waits.';
comment on column notify.enterprise_status.recipients_per_minute is 'Its limit on the lanes normal and bulk; null: it has none.';
comment on column notify.enterprise_status.recipient_burst is 'The most recipients that gather while nothing is sent.';
comment on column notify.enterprise_status.recipients_left is 'To how many recipients it may send now; below zero where the last delivery had more of them.';
comment on column notify.enterprise_status.requests_per_second is 'The limit of its API key that has the smallest part of it left; null: there is none.';
comment on column notify.enterprise_status.request_burst is 'The most requests that gather for that key.';
comment on column notify.enterprise_status.requests_left is 'How many requests that key may make now.';
comment on column notify.enterprise_status.limit_used is 'The part that is used of the limit that it is nearest to: 0 none, 1 all of it; null: it has no limit.';
