-- How many requests an API key may make, by enterprise: the row of the key in the enterprise counts, else the enterprise's, else the
-- key's (nil enterprise), else everybody's. The admin's; the engine reads.
alter table notify.notification_api_limit enable row level security;
alter table notify.notification_api_limit force row level security;

drop policy if exists "the engine sees every enterprise" on notify.notification_api_limit;
create policy "the engine sees every enterprise" on notify.notification_api_limit
for select to notify_engine using (true);

drop policy if exists "an admin manages what it reaches" on notify.notification_api_limit;
create policy "an admin manages what it reaches" on notify.notification_api_limit
for all to notify_admin
using (enterprise_id = (select notify.reached_enterprise_id()) or (select notify.reaches_all()));

grant select on notify.notification_api_limit to notify_engine;
grant select on notify.notification_api_limit to notify_admin;
grant insert (
  enterprise_id,
  key_id,
  requests_per_second,
  burst,
  emergencies_per_second,
  emergency_burst,
  note
) on notify.notification_api_limit to notify_admin;
grant update (
  requests_per_second,
  burst,
  emergencies_per_second,
  emergency_burst,
  note
) on notify.notification_api_limit to notify_admin;
grant delete on notify.notification_api_limit to notify_admin;

create or replace trigger check_context before insert or update or delete on notify.notification_api_limit
for each statement execute function notify.check_context();

create or replace trigger audit after insert or update or delete on notify.notification_api_limit
for each row execute function notify.record_change('enterprise_id,key_id');

comment on table notify.notification_api_limit is 'How many requests an API key may make to the HTTP face, by enterprise. An emergency passes it, up to a ceiling of its own.';
comment on column notify.notification_api_limit.enterprise_id is 'The enterprise; the nil UUID: every one that has no row of its own.';
comment on column notify.notification_api_limit.key_id is 'The key; the nil UUID: every key that has no row of its own.';
comment on column notify.notification_api_limit.requests_per_second is 'Requests a second; each notification of a bulk counts as one.';
comment on column notify.notification_api_limit.burst is 'The most requests that gather while none is made.';
comment on column notify.notification_api_limit.emergencies_per_second is 'Emergencies a second beyond that; each notification of a bulk counts as one.';
comment on column notify.notification_api_limit.emergency_burst is 'The most of them that gather.';
comment on column notify.notification_api_limit.note is 'What it is about.';
