-- Whether the login is the company's DBA, whatever role it has set.
create or replace function notify.is_admin() returns boolean
language sql
stable
parallel safe
return pg_catalog.pg_has_role(session_user, 'notify_admin', 'member');

alter function notify.is_admin() owner to notify_owner;
grant execute on function notify.is_admin() to notify_owner, notify_platform, notify_manager, notify_admin;
comment on function notify.is_admin() is 'True for a login that is a member of notify_admin.';
