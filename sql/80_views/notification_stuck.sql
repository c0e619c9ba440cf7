-- What should have moved by now, since when, and in whose hands it is.
create or replace view notify.notification_stuck with (security_invoker = true) as
select
  s.enterprise_id,
  s.lane,
  s.state,
  s.delivery_count,
  s.example_id,
  case when s.state <> 'PAUSED' then s.since end as since,
  case when s.state <> 'PAUSED' then notify.now() - s.since end as age,
  s.worker,
  s.leased_until
from engine.stuck_deliveries() as s;

alter view notify.notification_stuck owner to notify_owner;
grant select on notify.notification_stuck to notify_platform, notify_analyst, notify_analyst_all, notify_admin;
comment on view notify.notification_stuck is 'What should have moved by now, a row an enterprise, lane, state and worker. No row: nothing is stuck.';
comment on column notify.notification_stuck.enterprise_id is 'Whose it is.';
comment on column notify.notification_stuck.lane is 'critical, normal or bulk.';
comment on column notify.notification_stuck.state is 'CLAIMED: a worker''s lease has run out, or it has had them for 10 minutes; QUEUED: in the lane''s queue, and no worker takes them; WAITING: due, and not their enterprise''s turn; PAUSED: held back until somebody resumes. Each longer than the lane''s patience: critical 10 seconds, normal a minute, bulk 10 minutes.';
comment on column notify.notification_stuck.delivery_count is 'How many deliveries.';
comment on column notify.notification_stuck.example_id is 'The notification of the oldest of them.';
comment on column notify.notification_stuck.since is 'Since when the oldest of them should have moved: claimed, queued or due at; null: paused, see notify.notification_pause.';
comment on column notify.notification_stuck.age is 'How long that is.';
comment on column notify.notification_stuck.worker is 'Whose lease it is: the worker''s name, and after the slash which of its slots; null: nobody''s.';
comment on column notify.notification_stuck.leased_until is 'Until when the lease runs, or ran.';
