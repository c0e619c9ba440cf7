-- Finds enterprises that the roll-up does not know yet; called by the tick once a minute. Until then they are counted from the rows themselves.
create or replace function engine.find_uncounted() returns void
language sql
volatile
set search_path = pg_catalog, pg_temp
as $$
  insert into notify.notification_daily_state (enterprise_id)
  select e.enterprise_id from engine.all_enterprises() as e (enterprise_id)
  on conflict (enterprise_id) do nothing
$$;

alter function engine.find_uncounted() owner to notify_engine;
comment on function engine.find_uncounted() is 'Finds enterprises that the roll-up does not know yet.';
