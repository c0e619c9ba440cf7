-- Whether the login has scope ALL, whatever context it has chosen.
create or replace function notify.has_scope_all() returns boolean
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  return exists (select from notify.login_scope as s where s.login = session_user and s.scope = 'ALL');
end
$$;

alter function notify.has_scope_all() owner to notify_owner;
grant execute on function notify.has_scope_all() to notify_owner;
comment on function notify.has_scope_all() is 'True for a login with scope ALL.';
