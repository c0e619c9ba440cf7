-- How a target is: whether its breaker is open, and how many tokens it has left. The engine's; an admin looks.
alter table notify.notification_target_state enable row level security;
alter table notify.notification_target_state force row level security;

drop policy if exists "the engine sees every enterprise" on notify.notification_target_state;
create policy "the engine sees every enterprise" on notify.notification_target_state
for all to notify_engine using (true) with check (true);

drop policy if exists "an admin looks" on notify.notification_target_state;
create policy "an admin looks" on notify.notification_target_state
for select to notify_admin using ((select notify.is_admin()));

grant select, insert, update on notify.notification_target_state to notify_engine;
grant select on notify.notification_target_state to notify_admin;

comment on table notify.notification_target_state is 'How each target is, as all workers see it together; a target of which nothing is known has no row.';
comment on column notify.notification_target_state.target is 'Name of the target.';
comment on column notify.notification_target_state.failure_count is 'Reports in a row of which no call was taken by Novu.';
comment on column notify.notification_target_state.open_until is 'Until then nothing but the critical lane is sent to it; null or past: it is tried.';
comment on column notify.notification_target_state.last_verdict is 'What the last failure was: STOP (key, plan or URL is refused), AWAY (can''t be reached), RETRY or AMBIGUOUS.';
comment on column notify.notification_target_state.last_error is 'What it said.';
comment on column notify.notification_target_state.failed_at is 'When it failed last.';
comment on column notify.notification_target_state.tokens is 'Tokens left at refilled_at; null: never counted.';
comment on column notify.notification_target_state.refilled_at is 'When they were counted.';
