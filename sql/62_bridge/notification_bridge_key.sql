-- The keys by which delivery ids are signed: one signs, former ones are accepted for a while. The engine's alone: nobody else reads them. An admin
-- rotates by notify.rotate_bridge_key, which is in the trail without the keys.
alter table notify.notification_bridge_key enable row level security;
alter table notify.notification_bridge_key force row level security;

drop policy if exists "the engine alone" on notify.notification_bridge_key;
create policy "the engine alone" on notify.notification_bridge_key
for all to notify_engine using (true) with check (true);
grant select, insert, update, delete on notify.notification_bridge_key to notify_engine;

create or replace trigger audit after insert or update or delete on notify.notification_bridge_key
for each row execute function notify.record_change('id', 'inner_key,outer_key');

comment on table notify.notification_bridge_key is 'The keys by which the delivery ids that bridges get are signed, made at random in the database.';
comment on column notify.notification_bridge_key.id is 'Its number.';
comment on column notify.notification_bridge_key.inner_key is 'The key with HMAC''s inner padding.';
comment on column notify.notification_bridge_key.outer_key is 'The key with HMAC''s outer padding.';
comment on column notify.notification_bridge_key.made_at is 'When it was made.';
comment on column notify.notification_bridge_key.accepted_until is 'Until when ids that it signed are accepted; null: it is the one that signs.';
