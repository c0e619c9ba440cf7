-- When Novu is asked what became of a delivery, by lane. A lane without a row is not asked about. The admin's; the engine reads.
alter table notify.notification_receipt_schedule enable row level security;
alter table notify.notification_receipt_schedule force row level security;

drop policy if exists "the engine reads" on notify.notification_receipt_schedule;
create policy "the engine reads" on notify.notification_receipt_schedule
for select to notify_engine using (true);

drop policy if exists "an admin manages what it reaches" on notify.notification_receipt_schedule;
create policy "an admin manages what it reaches" on notify.notification_receipt_schedule
for all to notify_admin
using ((select notify.is_admin()));

grant select on notify.notification_receipt_schedule to notify_engine, notify_admin;
grant insert (lane, ask_after, note) on notify.notification_receipt_schedule to notify_admin;
grant update (ask_after, note) on notify.notification_receipt_schedule to notify_admin;
grant delete on notify.notification_receipt_schedule to notify_admin;

create or replace trigger audit after insert or update or delete on notify.notification_receipt_schedule
for each row execute function notify.record_change('lane,ask_after');

comment on table notify.notification_receipt_schedule is 'When Novu is asked what became of a delivery: a row for each time that it is asked. A lane without a row is not asked about.';
comment on column notify.notification_receipt_schedule.lane is 'critical, normal or bulk: the delivery''s.';
comment on column notify.notification_receipt_schedule.ask_after is 'So long after the delivery was SENT. Once Novu can say no more, it is asked no more.';
comment on column notify.notification_receipt_schedule.note is 'Why then.';
