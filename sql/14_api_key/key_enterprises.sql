-- The enterprises that a valid API key is for.
create or replace function notify.key_enterprises(p_key notify.notification_api_key) returns uuid[]
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(p_key.bound_enterprises, array[p_key.enterprise_id])
  where p_key.id is not null and p_key.revoked_at is null and (p_key.expires_at is null or p_key.expires_at > notify.now())
$$;

alter function notify.key_enterprises(notify.notification_api_key) owner to notify_owner;
comment on function notify.key_enterprises(notify.notification_api_key) is 'The enterprises that an API key is for; null when it is revoked or has expired.';
