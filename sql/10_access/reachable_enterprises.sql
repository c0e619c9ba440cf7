-- The enterprises that the login may reach, given the context: for lane depths, and for whoever reviews a login.
create or replace function notify.reachable_enterprises() returns uuid[]
language plpgsql
stable
parallel safe
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if
    pg_has_role(session_user, 'notify_trusted', 'member')
    or coalesce(current_setting('app.current_enterprise_id', true), '') <> '' -- also a malformed one: fail closed
  then
    return array_remove(array[notify.reached_enterprise_id()], null);
  end if;
  return array(
    select e.enterprise_id
    from notify.login_enterprise as e
    where e.login = session_user
    order by e.enterprise_id
  );
end
$$;

alter function notify.reachable_enterprises() owner to notify_owner;
grant execute on function notify.reachable_enterprises() to
notify_owner, notify_engine, notify_platform, notify_manager, notify_admin, notify_analyst, notify_analyst_all;
comment on function notify.reachable_enterprises() is
'The enterprises that this login may reach with its present context: the one in the context, if it may choose that; without a context all that it is bound to. Empty for a login that reads all and has no context: see notify.reaches_all.';
