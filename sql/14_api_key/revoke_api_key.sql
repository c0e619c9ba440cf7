-- Revokes an API key, in force with the next request; again is harmless. A manager revokes its enterprise's, an admin any that it reaches.
create or replace function notify.revoke_api_key(p_key_id uuid, p_reason text default null) returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  update notify.notification_api_key as k
  set revoked_at = notify.now(), revoked_by = session_user, revocation_reason = p_reason
  where k.id = p_key_id and k.revoked_at is null;
  if not found and not exists (select from notify.notification_api_key as k where k.id = p_key_id) then
    raise exception using
      errcode = 'XN302',
      message = format('there is no API key %s here', p_key_id),
      hint = 'select * from notify.api_key_status shows those that there are; a manager sees its enterprise''s.';
  end if;
end
$$;

alter function notify.revoke_api_key(uuid, text) owner to notify_owner;
grant execute on function notify.revoke_api_key(uuid, text) to notify_manager, notify_admin;
comment on function notify.revoke_api_key(uuid, text) is
'Revokes an API key: select notify.revoke_api_key(''…'', ''the contract ended''). In force with its next request.';
