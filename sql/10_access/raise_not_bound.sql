-- The error of a login that asks for an enterprise which it does not reach; whether that enterprise exists is not said.
create or replace function notify.raise_not_bound() returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception using
    errcode = 'XN003',
    message = format('login %I is not bound to this enterprise', session_user),
    hint = 'An admin binds a login by a row in notify.login_enterprise; one that may choose freely is a member of notify_trusted.';
end
$$;

alter function notify.raise_not_bound() owner to notify_owner;
grant execute on function notify.raise_not_bound() to
notify_owner, notify_platform, notify_manager, notify_admin, notify_analyst, notify_analyst_all;
comment on function notify.raise_not_bound() is 'Raises XN003: the login may not reach the enterprise that it asks for.';
