-- How often and how soon a delivery is tried again, by lane; an enterprise's own row before everybody's. The admin's; the engine reads.
alter table notify.notification_retry_policy enable row level security;
alter table notify.notification_retry_policy force row level security;

drop policy if exists "the engine sees every enterprise" on notify.notification_retry_policy;
create policy "the engine sees every enterprise" on notify.notification_retry_policy
for select to notify_engine using (true);

drop policy if exists "an admin manages what it reaches" on notify.notification_retry_policy;
create policy "an admin manages what it reaches" on notify.notification_retry_policy
for all to notify_admin
using (enterprise_id = (select notify.reached_enterprise_id()) or (select notify.reaches_all()));

grant select on notify.notification_retry_policy to notify_engine;
grant select on notify.notification_retry_policy to notify_admin;
grant insert (
  enterprise_id,
  lane,
  failure_limit,
  first_delay,
  longest_delay,
  jitter
) on notify.notification_retry_policy to notify_admin;
grant update (
  failure_limit,
  first_delay,
  longest_delay,
  jitter
) on notify.notification_retry_policy to notify_admin;
grant delete on notify.notification_retry_policy to notify_admin;

create or replace trigger check_context before insert or update or delete on notify.notification_retry_policy
for each statement execute function notify.check_context();

create or replace trigger audit after insert or update or delete on notify.notification_retry_policy
for each row execute function notify.record_change('lane');

comment on table notify.notification_retry_policy is 'How often and how soon a delivery is tried again after a failure of Novu''s. The rows of the nil UUID are for every enterprise without one of its own.';
comment on column notify.notification_retry_policy.enterprise_id is 'Whose deliveries; the nil UUID: everybody''s who has no row of its own.';
comment on column notify.notification_retry_policy.lane is 'critical, normal or bulk.';
comment on column notify.notification_retry_policy.failure_limit is 'After so many failures the delivery is FAILED. What the operator has to mend (key, plan, URL, network) never counts.';
comment on column notify.notification_retry_policy.first_delay is 'Until the second attempt; each further one waits twice as long.';
comment on column notify.notification_retry_policy.longest_delay is 'At most so long.';
comment on column notify.notification_retry_policy.jitter is 'Part of the delay that chance adds or takes away, so that what failed together does not come back together: 0.5 is half to one and a half. The longest delay is never passed.';
