-- The enterprise in the context, when the login is bound to it. It asks session_user, which no SET ROLE and no setting can change. A login
-- of the HTTP face is bound by the API key that it proves to hold (http_v1.enter), for the transaction: it has nothing without one.
create or replace function notify.bound_enterprise_id() returns uuid
language plpgsql
stable
parallel safe
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_context uuid := notify.current_enterprise_id();
  v_proof text := current_setting('app.api_key_proof', true);
begin
  if v_context is null then
    return null;
  elsif coalesce(v_proof, '') <> '' and pg_has_role(session_user, 'notify_http', 'member') then
    return case when engine.proves_key(v_proof, v_context) then v_context end;
  elsif exists (
    select from notify.login_enterprise as e where e.login = session_user and e.enterprise_id = v_context
  ) then
    return v_context;
  end if;
  return null;
end
$$;

alter function notify.bound_enterprise_id() owner to notify_owner;
grant execute on function notify.bound_enterprise_id() to
notify_owner, notify_engine, notify_platform, notify_manager, notify_admin, notify_analyst, notify_analyst_all;
comment on function notify.bound_enterprise_id() is
'The enterprise in the context, or null when neither notify.login_enterprise nor the API key of a login of the HTTP face binds this login to it.';
