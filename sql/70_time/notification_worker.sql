-- The workers: the engine writes, an admin reads and gives orders.
alter table notify.notification_worker enable row level security;
alter table notify.notification_worker force row level security;

drop policy if exists "the engine sees every worker" on notify.notification_worker;
create policy "the engine sees every worker" on notify.notification_worker
for all to notify_engine using (true) with check (true);
drop policy if exists "an admin reads and orders" on notify.notification_worker;
create policy "an admin reads and orders" on notify.notification_worker
for all to notify_admin using ((select notify.is_admin())) with check ((select notify.is_admin()));
grant select, insert, update, delete on notify.notification_worker to notify_engine;
grant select, update (is_draining, paused_lanes) on notify.notification_worker to notify_admin;

-- Only an admin's orders: a beat leaves these two columns alone.
create or replace trigger audit after update of is_draining, paused_lanes on notify.notification_worker
for each row execute function notify.record_change('worker');

comment on table notify.notification_worker is 'The workers, a row a process, kept by worker_v1.beat; and the orders that an admin gives them.';
comment on column notify.notification_worker.worker is 'Its name.';
comment on column notify.notification_worker.version is 'Its version.';
comment on column notify.notification_worker.started_at is 'When it said for the first time that it lives.';
comment on column notify.notification_worker.beaten_at is 'When it said so last.';
comment on column notify.notification_worker.idle_lanes is 'The lanes on which it waits: an INSERT for one of them sends NOTIFY.';
comment on column notify.notification_worker.facts is 'What else it told: how much it has in flight, and the like.';
comment on column notify.notification_worker.is_draining is 'Order: finish what you have, take no more, end.';
comment on column notify.notification_worker.paused_lanes is 'Order: take nothing from these lanes.';
