-- Whether the login sees every enterprise: one with scope ALL, and no context that narrows it.
create or replace function notify.reaches_all() returns boolean
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  return
    coalesce(current_setting('app.current_enterprise_id', true), '') = ''
    and (
      notify.has_scope_all()
      or exists (select from pg_roles as r where r.rolname = session_user and r.rolsuper) -- as no policy binds it anyway
    );
end
$$;

alter function notify.reaches_all() owner to notify_owner;
grant execute on function notify.reaches_all() to
notify_owner, notify_engine, notify_platform, notify_manager, notify_admin, notify_analyst,
notify_analyst_all;
comment on function notify.reaches_all() is 'True for a login with scope ALL that has set no context.';
