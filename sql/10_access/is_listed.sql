-- Whether the login may choose an enterprise at all. One that may not sees nothing, not even what is shared.
create or replace function notify.is_listed() returns boolean
language plpgsql
stable
parallel safe
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  return
    pg_has_role(session_user, 'notify_trusted', 'member')
    or exists (select from notify.login_enterprise as e where e.login = session_user);
end
$$;

alter function notify.is_listed() owner to notify_owner;
grant execute on function notify.is_listed() to
notify_owner, notify_platform, notify_manager, notify_admin, notify_analyst, notify_analyst_all;
comment on function notify.is_listed() is 'True for a login that is trusted, reads all, or is bound to an enterprise.';
