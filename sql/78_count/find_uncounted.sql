-- Finds enterprises that the roll-up does not know yet; called by the tick once a minute. Until then they are counted from the rows themselves.
create or replace function engine.find_uncounted() returns void
language sql
volatile
set search_path = pg_catalog, pg_temp
as $$
  with recursive found (enterprise_id) as (
    (select n.enterprise_id from notify.ent_notification as n order by n.enterprise_id limit 1)
    union all
    select (
      select n.enterprise_id
      from notify.ent_notification as n
      where n.enterprise_id > f.enterprise_id
      order by n.enterprise_id
      limit 1
    )
    from found as f
    where f.enterprise_id is not null
  )
  insert into notify.notification_daily_state (enterprise_id)
  select f.enterprise_id from found as f where f.enterprise_id is not null
  on conflict (enterprise_id) do nothing
$$;

alter function engine.find_uncounted() owner to notify_engine;
comment on function engine.find_uncounted() is 'Finds enterprises that the roll-up does not know yet.';
