-- The enterprises that have notifications: one index probe each, however many notifications there are.
create or replace function engine.all_enterprises() returns setof uuid
language sql
stable
rows 100
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
  select f.enterprise_id from found as f where f.enterprise_id is not null
$$;

alter function engine.all_enterprises() owner to notify_engine;
comment on function engine.all_enterprises() is 'The enterprises that have notifications.';
