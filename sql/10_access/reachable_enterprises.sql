-- The enterprises that the login of this session may reach, given the context. Called once a statement, by restrictive policies.
-- It asks session_user, which no SET ROLE and no setting can change.
create or replace function notify.reachable_enterprises() returns uuid[]
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_context uuid := notify.current_enterprise_id();
begin
  if v_context is null and coalesce(current_setting('app.current_enterprise_id', true), '') <> '' then
    return '{}'; -- malformed, or the reserved enterprise: fail closed, also for a login that sees all without a context
  end if;
  if exists (select from notify.login_scope as s where s.login = session_user) then
    return array_remove(array[v_context], null);
  end if;
  return array(
    select e.enterprise_id
    from notify.login_enterprise as e
    where
      e.login = session_user
      and (v_context is null or e.enterprise_id = v_context)
    order by e.enterprise_id
  );
end
$$;

alter function notify.reachable_enterprises() owner to notify_owner;
grant execute on function notify.reachable_enterprises() to
notify_owner, notify_engine, notify_platform, notify_manager, notify_admin, notify_analyst,
notify_analyst_all;
comment on function notify.reachable_enterprises() is
'The enterprises that this login may reach with its present context: the context itself for a trusted login, and the bound ones (or the one of them that the context names) for any other.';
