-- The lowest and the highest enterprise of a login with scope ALL; null for any other. As a range, an index can serve it whether the
-- login reads all enterprises or the one in its context. Never the range around the enterprises that a login is bound to: what lies
-- between these would be read and then filtered out, which EXPLAIN counts.
create or replace function notify.scope_low() returns uuid
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if notify.reaches_all() then
    return '00000000-0000-0000-0000-000000000000';
  elsif notify.has_scope_all() then
    return (notify.reachable_enterprises())[1];
  end if;
  return null;
end
$$;

create or replace function notify.scope_high() returns uuid
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if notify.reaches_all() then
    return 'ffffffff-ffff-ffff-ffff-ffffffffffff';
  end if;
  return notify.scope_low();
end
$$;

alter function notify.scope_low() owner to notify_owner;
alter function notify.scope_high() owner to notify_owner;
grant execute on function notify.scope_low() to notify_owner, notify_analyst_all, notify_admin;
grant execute on function notify.scope_high() to notify_owner, notify_analyst_all, notify_admin;
comment on function notify.scope_low() is 'The lowest id that a login with scope ALL reaches with its present context; null for any other login.';
comment on function notify.scope_high() is 'The highest id that a login with scope ALL reaches with its present context; null for any other login.';
