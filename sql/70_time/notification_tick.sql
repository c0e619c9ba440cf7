-- When the tick ran last; its row's lock keeps ticks apart. The engine's own; an admin may look.
alter table notify.notification_tick enable row level security;
alter table notify.notification_tick force row level security;

drop policy if exists "the engine alone" on notify.notification_tick;
create policy "the engine alone" on notify.notification_tick
for all to notify_engine using (true) with check (true);
drop policy if exists "an admin looks" on notify.notification_tick;
create policy "an admin looks" on notify.notification_tick
for select to notify_admin using ((select notify.is_admin()));
grant select, update on notify.notification_tick to notify_engine;
grant select on notify.notification_tick to notify_admin;

comment on table notify.notification_tick is 'When the tick ran last: one row.';
comment on column notify.notification_tick.is_only is 'True: there is one row.';
comment on column notify.notification_tick.ticked_at is 'When it ran last.';
comment on column notify.notification_tick.partitioned_at is 'When it last looked for missing partitions.';
comment on column notify.notification_tick.pruned_at is 'When it last removed what is kept no longer.';
comment on column notify.notification_tick.last_polled_enterprise_id is 'The enterprise that was last in turn to have Novu asked about its deliveries.';
comment on column notify.notification_tick.count_failure is 'The error that keeps it from that; null: none.';
comment on column notify.notification_tick.counted_at is 'When it last brought the views'' roll-ups up to date.';
comment on column notify.notification_tick.settled_at is 'Every notification that was created before this time is there: no transaction can commit an older one any more.';
comment on column notify.notification_tick.settling_at is 'The time of which that is said next.';
comment on column notify.notification_tick.settling_transactions is 'The transactions that were under way at that time: all of them have to end first.';
