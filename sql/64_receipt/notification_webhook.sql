-- The webhooks that Novu called, each once by its id, so that one that comes again is known. The engine writes; an admin looks.
alter table notify.notification_webhook enable row level security;
alter table notify.notification_webhook force row level security;

drop policy if exists "the engine sees every target" on notify.notification_webhook;
create policy "the engine sees every target" on notify.notification_webhook
for all to notify_engine using (true) with check (true);

drop policy if exists "an admin looks" on notify.notification_webhook;
create policy "an admin looks" on notify.notification_webhook
for select to notify_admin using ((select notify.is_admin()));

grant select, insert, update, delete on notify.notification_webhook to notify_engine;
grant select on notify.notification_webhook to notify_admin;

comment on table notify.notification_webhook is 'The webhooks that Novu called in the last 30 days, each once; not what they said of whom.';
comment on column notify.notification_webhook.target is 'The Novu environment that called.';
comment on column notify.notification_webhook.webhook_id is 'The webhook''s id: the same when Novu calls again.';
comment on column notify.notification_webhook.received_at is 'When it came.';
comment on column notify.notification_webhook.event_type is 'What it was about, such as message.delivered.';
comment on column notify.notification_webhook.transaction_id is 'The transactionId that it named, where that was one of ours by its form.';
comment on column notify.notification_webhook.outcome is 'APPLIED: a receipt moved; KNOWN: it told nothing new; UNMATCHED: there is no such delivery here; IGNORED: not about a message.';
