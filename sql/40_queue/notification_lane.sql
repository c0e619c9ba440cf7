-- Where the turn among enterprises stands, a row a lane. The engine's own: nobody else reads it.
alter table notify.notification_lane enable row level security;
alter table notify.notification_lane force row level security;

drop policy if exists "the engine alone" on notify.notification_lane;
create policy "the engine alone" on notify.notification_lane
for all to notify_engine using (true) with check (true);
grant select, update on notify.notification_lane to notify_engine;

comment on table notify.notification_lane is 'Where the turn among enterprises stands on each lane.';
comment on column notify.notification_lane.lane is 'critical, normal or bulk.';
comment on column notify.notification_lane.last_enterprise_id is 'The enterprise that was admitted last; the next turn begins after it.';
