-- Whether the login is the company's DBA: a member of notify_admin with scope ALL, whatever context it has chosen.
create or replace function notify.is_admin() returns boolean
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  return pg_has_role(session_user, 'notify_admin', 'member') and notify.has_scope_all();
end
$$;

alter function notify.is_admin() owner to notify_owner;
grant execute on function notify.is_admin() to notify_owner, notify_platform, notify_manager, notify_admin;
comment on function notify.is_admin() is 'True for a login that is a member of notify_admin and has scope ALL.';
