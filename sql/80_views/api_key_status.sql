-- The API keys of the HTTP face: whether they are valid, and when they were used last.
create or replace view notify.api_key_status with (security_invoker = true) as
select
  k.enterprise_id,
  k.id as key_id,
  k.name,
  k.key_start,
  case
    when k.revoked_at is not null then 'REVOKED'
    when k.expires_at <= notify.now() then 'EXPIRED'
    else 'VALID'
  end as state,
  k.scopes,
  k.bound_enterprises,
  k.created_at,
  k.created_by,
  k.expires_at,
  (
    select max(s.refilled_at)
    from notify.notification_api_key_state as s
    where s.enterprise_id = any(coalesce(k.bound_enterprises, array[k.enterprise_id])) and s.key_id = k.id
  ) as used_at,
  k.revoked_at,
  k.revoked_by,
  k.revocation_reason
from notify.notification_api_key as k;

alter view notify.api_key_status owner to notify_owner;
grant select on notify.api_key_status to notify_manager, notify_admin;
comment on view notify.api_key_status is 'The API keys of the HTTP face, with their state and last use; one row a key.';
comment on column notify.api_key_status.enterprise_id is 'Whose it is; the nil UUID for one of the company''s.';
comment on column notify.api_key_status.key_id is 'Id of the key.';
comment on column notify.api_key_status.name is 'What it is for.';
comment on column notify.api_key_status.key_start is 'How it begins.';
comment on column notify.api_key_status.state is 'VALID, EXPIRED or REVOKED.';
comment on column notify.api_key_status.scopes is 'What it allows: send, read, manage.';
comment on column notify.api_key_status.bound_enterprises is 'The enterprises that a key of the company''s is for.';
comment on column notify.api_key_status.created_at is 'When it was made.';
comment on column notify.api_key_status.created_by is 'The login that made it.';
comment on column notify.api_key_status.expires_at is 'Not after this time; null: it does not expire.';
comment on column notify.api_key_status.used_at is 'When it was used last; null: never.';
comment on column notify.api_key_status.revoked_at is 'When it was revoked.';
comment on column notify.api_key_status.revoked_by is 'The login that revoked it.';
comment on column notify.api_key_status.revocation_reason is 'Why it was revoked.';
