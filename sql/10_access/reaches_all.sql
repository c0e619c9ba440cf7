-- Whether the login sees every enterprise: the role of an admin or of an analyst of all, and no context that narrows it. A superuser, whom no
-- policy binds, is a member of every role.
create or replace function notify.reaches_all() returns boolean
language sql
stable
parallel safe
return (
  coalesce(pg_catalog.current_setting('app.current_enterprise_id', true), '') = ''
  and (
    pg_catalog.pg_has_role(session_user, 'notify_analyst_all', 'member')
    or pg_catalog.pg_has_role(session_user, 'notify_admin', 'member')
  )
);

alter function notify.reaches_all() owner to notify_owner;
grant execute on function notify.reaches_all() to
notify_owner, notify_engine, notify_platform, notify_manager, notify_admin, notify_analyst, notify_analyst_all;
comment on function notify.reaches_all() is
'True for a login that reads every enterprise (notify_admin, notify_analyst_all) and has set no context.';
