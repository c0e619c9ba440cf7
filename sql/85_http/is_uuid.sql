-- Whether a text is a UUID as programs write it, so that a cast can't fail.
create or replace function http_v1.is_uuid(p_text text) returns boolean
language sql
immutable
parallel safe
return p_text ~ '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$';

alter function http_v1.is_uuid(text) owner to notify_owner;
comment on function http_v1.is_uuid(text) is 'Whether a text is a UUID.';
