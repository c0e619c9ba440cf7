-- The enterprises that a valid API key is for. A parsed body, so that it is inlined.
create or replace function notify.key_enterprises(p_key notify.notification_api_key) returns uuid[]
language sql
stable
return case
  when
    p_key.id is not null
    and p_key.revoked_at is null
    and (p_key.expires_at is null or p_key.expires_at > notify.now())
    then coalesce(p_key.bound_enterprises, array[p_key.enterprise_id])
end;

alter function notify.key_enterprises(notify.notification_api_key) owner to notify_owner;
grant execute on function notify.key_enterprises(notify.notification_api_key) to notify_owner, notify_engine;
comment on function notify.key_enterprises(notify.notification_api_key) is 'The enterprises that an API key is for; null when there is none, or it is revoked or has expired.';
