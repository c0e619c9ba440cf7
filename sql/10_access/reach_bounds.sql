-- The lowest and the highest enterprise that the login reaches: an analyst's policy is a range, which an index can serve for a
-- login bound to one enterprise as well as for one that reads all; the restrictive policy beside it says exactly which.
create or replace function notify.reach_low() returns uuid
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if notify.reaches_all() then
    return '00000000-0000-0000-0000-000000000000';
  end if;
  return (select e from unnest(notify.reachable_enterprises()) as e order by e limit 1);
end
$$;

create or replace function notify.reach_high() returns uuid
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if notify.reaches_all() then
    return 'ffffffff-ffff-ffff-ffff-ffffffffffff';
  end if;
  return (select e from unnest(notify.reachable_enterprises()) as e order by e desc limit 1);
end
$$;

alter function notify.reach_low() owner to notify_owner;
alter function notify.reach_high() owner to notify_owner;
grant execute on function notify.reach_low() to notify_owner, notify_analyst, notify_admin;
grant execute on function notify.reach_high() to notify_owner, notify_analyst, notify_admin;
comment on function notify.reach_low() is 'The lowest id among the enterprises that this login reaches; null when it reaches none.';
comment on function notify.reach_high() is 'The highest id among the enterprises that this login reaches; null when it reaches none.';
