-- The claims: the engine's own, since a claim may hold deliveries of several enterprises. Nobody else reads it.
alter table notify.notification_claim enable row level security;
alter table notify.notification_claim force row level security;

drop policy if exists "the engine alone" on notify.notification_claim;
create policy "the engine alone" on notify.notification_claim
for all to notify_engine using (true) with check (true);
grant select, insert, update, delete on notify.notification_claim to notify_engine;
grant usage on sequence notify.notification_claim_claim_id_seq to notify_engine;

comment on table notify.notification_claim is 'What a worker has in hand: a row a claim, gone when all of it is reported. It holds the lease, so that the tick finds what ran out without an index on deliveries.';
comment on column notify.notification_claim.claim_id is 'Id of the claim; its deliveries carry it.';
comment on column notify.notification_claim.worker is 'The worker''s name, and after the slash which of its slots.';
comment on column notify.notification_claim.lane is 'critical, normal or bulk.';
comment on column notify.notification_claim.claimed_at is 'When it was claimed.';
comment on column notify.notification_claim.leased_until is 'Until when nobody else takes it.';
comment on column notify.notification_claim.rendered_at is 'When its requests were handed over; null: not yet, or the rendering never came back.';
comment on column notify.notification_claim.open_count is 'How many of its deliveries are not reported yet.';
comment on column notify.notification_claim.keys is 'Its deliveries.';
