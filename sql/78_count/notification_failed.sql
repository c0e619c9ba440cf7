-- Which notifications are FAILED, so that they are found among many: kept by triggers in the transaction that fails, replays, retracts or removes
-- them. Read it through notify.notification_failures.
alter table notify.notification_failed enable row level security;
alter table notify.notification_failed force row level security;

drop policy if exists "the engine sees every enterprise" on notify.notification_failed;
create policy "the engine sees every enterprise" on notify.notification_failed
for all to notify_engine using (true) with check (true);

drop policy if exists "a platform stays within what it reaches" on notify.notification_failed;
create policy "a platform stays within what it reaches" on notify.notification_failed
as restrictive for all to notify_owner, notify_platform
using (enterprise_id operator (notify.~=) (select notify.reached_enterprise_id()));

drop policy if exists "a platform reads the enterprise in its context" on notify.notification_failed;
create policy "a platform reads the enterprise in its context" on notify.notification_failed
for select to notify_owner, notify_platform
using (enterprise_id = (select notify.reached_enterprise_id()));

drop policy if exists "an analyst stays within what it reaches" on notify.notification_failed;
create policy "an analyst stays within what it reaches" on notify.notification_failed
as restrictive for all to notify_analyst
using (enterprise_id = any(array(select e.enterprise_id from notify.login_enterprise as e)));

drop policy if exists "an analyst reads what its login is bound to" on notify.notification_failed;
create policy "an analyst reads what its login is bound to" on notify.notification_failed
for select to notify_analyst
using (enterprise_id = any(array(select e.enterprise_id from notify.login_enterprise as e)));

drop policy if exists "who reads all reads every enterprise" on notify.notification_failed;
create policy "who reads all reads every enterprise" on notify.notification_failed
for select to notify_analyst_all, notify_admin
using (enterprise_id between (select notify.lowest_reached()) and (select notify.highest_reached()));

grant select, insert, delete on notify.notification_failed to notify_engine;
grant select on notify.notification_failed to notify_platform, notify_analyst, notify_analyst_all, notify_admin;

comment on table notify.notification_failed is 'Which notifications are FAILED: read notify.notification_failures.';
comment on column notify.notification_failed.enterprise_id is 'Whose it is.';
comment on column notify.notification_failed.notification_id is 'The notification.';
comment on column notify.notification_failed.failed_at is 'When it became FAILED.';

create or replace function engine.note_failure() returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if new.notification_status = 'FAILED' then
    insert into notify.notification_failed (enterprise_id, notification_id) values (new.enterprise_id, new.id)
    on conflict do nothing; -- a report must not fail for it, whatever was restored or repaired by hand
  else
    delete from notify.notification_failed as f where f.enterprise_id = old.enterprise_id and f.notification_id = old.id;
  end if;
  return null;
end
$$;

alter function engine.note_failure() owner to notify_engine;
grant execute on function engine.note_failure() to notify_owner;
comment on function engine.note_failure() is 'Trigger function: keeps which notifications are FAILED.';

create or replace trigger note_failure after update of notification_status on notify.ent_notification
for each row
when (
  old.notification_status <> new.notification_status
  and (old.notification_status = 'FAILED' or new.notification_status = 'FAILED')
)
execute function engine.note_failure();
