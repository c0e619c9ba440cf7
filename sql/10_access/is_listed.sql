-- Whether the login stands in one of the two tables of logins at all. One that does not sees nothing, not even what is shared.
create or replace function notify.is_listed() returns boolean
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  return
    exists (select from notify.login_scope as s where s.login = session_user)
    or exists (select from notify.login_enterprise as e where e.login = session_user);
end
$$;

alter function notify.is_listed() owner to notify_owner;
grant execute on function notify.is_listed() to
notify_owner, notify_platform, notify_manager, notify_admin, notify_analyst, notify_analyst_all;
comment on function notify.is_listed() is 'True for a login that has a scope or is bound to an enterprise.';
