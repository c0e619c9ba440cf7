-- Whether each target's Novu answers, asked once a minute by a GET that needs the key and changes nothing: what sending met last says
-- nothing before the first one, nor at night. A target that is new has a row with the next tick, and is asked a minute later. The engine's; an admin
-- looks.
alter table notify.notification_probe enable row level security;
alter table notify.notification_probe force row level security;

drop policy if exists "the engine sees every target" on notify.notification_probe;
create policy "the engine sees every target" on notify.notification_probe
for all to notify_engine using (true) with check (true);

drop policy if exists "an admin looks" on notify.notification_probe;
create policy "an admin looks" on notify.notification_probe
for select to notify_admin using ((select notify.is_admin()));

grant select, insert, update, delete on notify.notification_probe to notify_engine;
grant select on notify.notification_probe to notify_admin;

comment on table notify.notification_probe is 'Whether each target''s Novu answers, and accepts the key: asked once a minute.';
comment on column notify.notification_probe.target is 'Name of the target; default is the one that enterprises share.';
comment on column notify.notification_probe.created_at is 'Since when it is asked.';
comment on column notify.notification_probe.due_at is 'When it is asked next; while a worker has it in hand, when another may take it over.';
comment on column notify.notification_probe.attempt is 'Counts the requests; a report with an old one changes nothing.';
comment on column notify.notification_probe.claimed_by is 'The worker that has it in hand.';
comment on column notify.notification_probe.asked_at is 'When that worker got its request; null: not yet.';
comment on column notify.notification_probe.reported_at is 'When a worker told last what came of asking; null: it was never asked, and nothing is known.';
comment on column notify.notification_probe.answered_at is 'When Novu answered last, and accepted the key; null: never.';
comment on column notify.notification_probe.failure_count is 'How often in a row it did not.';
comment on column notify.notification_probe.http_status is 'The last answer; null: there was none.';
comment on column notify.notification_probe.error_kind is 'Why there was none: connect (it can''t be reached) or no_answer.';
