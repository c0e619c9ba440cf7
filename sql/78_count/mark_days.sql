-- Marks the days of what changes after it was final, by a replay, a retraction or pruning, whoever does it: whoever sees the change sees the mark.
create or replace function engine.mark_day() returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into notify.notification_daily_stale (enterprise_id, day)
  values (old.enterprise_id, (old.created_at at time zone 'UTC')::date);
  return null;
end
$$;

create or replace function engine.mark_days() returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into notify.notification_daily_stale (enterprise_id, day)
  select distinct b.enterprise_id, (b.created_at at time zone 'UTC')::date
  from before_it as b;
  delete from notify.notification_failed as f
  using before_it as b
  where f.enterprise_id = b.enterprise_id and f.notification_id = b.id;
  return null;
end
$$;

alter function engine.mark_day() owner to notify_engine;
alter function engine.mark_days() owner to notify_engine;
grant execute on function engine.mark_day(), engine.mark_days() to notify_owner;
comment on function engine.mark_day() is 'Trigger function: marks the day of a final notification that changes.';
comment on function engine.mark_days() is 'Trigger function: marks the days of notifications that are removed, and forgets that they failed.';

create or replace trigger mark_day after update of notification_status on notify.ent_notification
for each row
when (old.notification_status in ('SENT', 'FAILED', 'RETRACTED'))
execute function engine.mark_day();

create or replace trigger mark_days after delete on notify.ent_notification
referencing old table as before_it
for each statement execute function engine.mark_days();
