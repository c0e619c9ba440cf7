-- The key by which delivery ids are signed. The engine's alone: nobody else reads it.
alter table notify.notification_bridge_key enable row level security;
alter table notify.notification_bridge_key force row level security;

drop policy if exists "the engine alone" on notify.notification_bridge_key;
create policy "the engine alone" on notify.notification_bridge_key
for all to notify_engine using (true) with check (true);
grant select on notify.notification_bridge_key to notify_engine;

comment on table notify.notification_bridge_key is 'The key by which the delivery ids that bridges get are signed: one row, made at random by the migration.';
comment on column notify.notification_bridge_key.is_only is 'True.';
comment on column notify.notification_bridge_key.inner_key is 'The key with HMAC''s inner padding.';
comment on column notify.notification_bridge_key.outer_key is 'The key with HMAC''s outer padding.';
