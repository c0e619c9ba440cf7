-- The enterprises that the caller's login reaches and that have notifications or limits, as the views count them one by one, each by its
-- indexes. Owned by the engine; narrows by the login's reach itself: what an analyst
-- is bound to, for everybody else the enterprise in the context.
create or replace function engine.counted_enterprises() returns setof uuid
language plpgsql
stable
security definer
rows 100
set search_path = pg_catalog, pg_temp
as $$
begin
  if not notify.reaches_all() then
    return query
    select e.enterprise_id
    from unnest(notify.reachable_enterprises()) as e (enterprise_id)
    where
      (pg_has_role(session_user, 'notify_analyst', 'member') or e.enterprise_id = notify.reached_enterprise_id())
      and (
        exists (select from notify.ent_notification as n where n.enterprise_id = e.enterprise_id)
        or exists (select from notify.notification_enterprise_limit as l where l.enterprise_id = e.enterprise_id)
        or exists (select from notify.notification_api_limit as l where l.enterprise_id = e.enterprise_id)
      );
    return;
  end if;
  return query
  select f.enterprise_id from engine.all_enterprises() as f (enterprise_id)
  union
  select l.enterprise_id from notify.notification_enterprise_limit as l
  union
  select l.enterprise_id
  from notify.notification_api_limit as l
  where l.enterprise_id <> '00000000-0000-0000-0000-000000000000';
end
$$;

alter function engine.counted_enterprises() owner to notify_engine;
grant execute on function engine.counted_enterprises() to notify_platform,
notify_analyst,
notify_analyst_all,
notify_admin;
comment on function engine.counted_enterprises() is 'The enterprises that the login reaches and that there is something to count of.';
