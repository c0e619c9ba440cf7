-- The workers: whether each lives, what it has in hand, and its orders.
create or replace view notify.worker_status with (security_invoker = true) as
select
  w.worker,
  w.version,
  case
    when w.beaten_at < notify.now() - interval '30 seconds' then 'SILENT'
    when w.is_draining then 'DRAINING'
    else 'ALIVE'
  end as state,
  w.started_at,
  w.beaten_at,
  notify.now() - w.beaten_at as heartbeat_age,
  w.in_flight_count,
  w.idle_lanes,
  w.is_draining,
  w.paused_lanes
from engine.worker_figures() as w;

alter view notify.worker_status owner to notify_owner;
grant select on notify.worker_status to notify_analyst_all, notify_admin;
comment on view notify.worker_status is 'The workers, a row a process: whether it lives, what it has in hand, and its orders. One that is silent for a day is forgotten.';
comment on column notify.worker_status.worker is 'Its name.';
comment on column notify.worker_status.version is 'Its version.';
comment on column notify.worker_status.state is 'ALIVE, DRAINING (it finishes what it has, and ends) or SILENT (no sign of life for 30 seconds).';
comment on column notify.worker_status.started_at is 'When it said for the first time that it lives.';
comment on column notify.worker_status.beaten_at is 'When it said so last.';
comment on column notify.worker_status.heartbeat_age is 'How long ago that is; up to 5 seconds of one that is well.';
comment on column notify.worker_status.in_flight_count is 'How many requests it had under way then; null: it did not tell.';
comment on column notify.worker_status.idle_lanes is 'The lanes on which it waited then.';
comment on column notify.worker_status.is_draining is 'Order: finish what you have, take no more, end.';
comment on column notify.worker_status.paused_lanes is 'Order: take nothing from these lanes.';
