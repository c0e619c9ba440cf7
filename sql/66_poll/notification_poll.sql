-- What Novu is to be asked: the engine's own, since a row holds deliveries that wait for the same question. Nobody else reads it: that a
-- delivery was asked about stands in the delivery.
alter table notify.notification_poll enable row level security;
alter table notify.notification_poll force row level security;

drop policy if exists "the engine alone" on notify.notification_poll;
create policy "the engine alone" on notify.notification_poll
for all to notify_engine using (true) with check (true);
grant select, insert, update, delete on notify.notification_poll to notify_engine;

comment on table notify.notification_poll is 'What Novu is to be asked of deliveries that it accepted: a row for what was SENT together, and when its turn comes a row for each delivery that is asked about.';
comment on column notify.notification_poll.enterprise_id is 'Whose deliveries.';
comment on column notify.notification_poll.poll_id is 'Counts.';
comment on column notify.notification_poll.lane is 'The lane of the deliveries.';
comment on column notify.notification_poll.target is 'The Novu environment to which they went.';
comment on column notify.notification_poll.sent_at is 'When they were SENT: the schedule counts from then.';
comment on column notify.notification_poll.due_at is 'When Novu may be asked; while a worker has it in hand, when it may be asked again.';
comment on column notify.notification_poll.notification_ids is 'The notifications of the deliveries.';
comment on column notify.notification_poll.numbers is 'The deliveries within these, in the same order.';
comment on column notify.notification_poll.question is 'NOTIFICATIONS: what the jobs did; then MESSAGES: whether it was delivered, seen or read.';
comment on column notify.notification_poll.page is 'Which page of the answer is next; 0: the first.';
comment on column notify.notification_poll.is_incomplete is 'True: on an earlier page there was a job that is not done.';
comment on column notify.notification_poll.is_chosen is 'True: its turn has come, and it waits for a worker or is in its hands.';
comment on column notify.notification_poll.attempt is 'How often it was handed to a worker. A report with an older number changes nothing.';
comment on column notify.notification_poll.claimed_by is 'The worker that has it in hand.';
comment on column notify.notification_poll.is_handed_over is 'Whether that worker got its request.';
comment on column notify.notification_poll.failure_count is 'How often Novu gave no answer that says anything.';
