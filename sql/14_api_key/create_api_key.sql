-- Makes an API key and returns it, this once: for the enterprise in the context, or without one, the company's own for the enterprises that are
-- named. 244 random bits, so that nothing slower than SHA-256 is needed to keep it.
create or replace function notify.create_api_key(
  p_name text,
  p_scopes text[] default '{send,read}',
  p_expires_at timestamptz default notify.now() + interval '1 year',
  p_enterprises uuid[] default null
) returns table (key_id uuid, api_key text)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_enterprise_id uuid := notify.managed_enterprise_id();
  v_is_company boolean := v_enterprise_id = '00000000-0000-0000-0000-000000000000';
  v_key text := 'xnovu_' || translate(
    rtrim(encode(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())), 'base64'), '='), '+/', '-_'
  );
begin
  if v_is_company <> (p_enterprises is not null) then
    raise exception using
      errcode = 'XN301',
      message = case
        when v_is_company then 'a key is for an enterprise, and none is named'
        else 'a key of an enterprise is for this one only'
      end,
      hint = 'Choose the enterprise by notify.set_enterprise, or without one give p_enterprises.';
  elsif p_expires_at <= notify.now() then
    raise exception using
      errcode = 'XN301', message = 'the key would have expired before it is used', hint = 'Give a time to come, or null for never.';
  end if;
  return query
  insert into notify.notification_api_key
    (enterprise_id, name, key_start, key_hash, scopes, bound_enterprises, created_at, expires_at)
  values (
    v_enterprise_id, p_name, left(v_key, 12), sha256(sha256(convert_to(v_key, 'UTF8'))), p_scopes, p_enterprises,
    notify.now(), p_expires_at
  )
  returning id, v_key;
end
$$;

alter function notify.create_api_key(text, text[], timestamptz, uuid[]) owner to notify_owner;
grant execute on function notify.create_api_key(text, text[], timestamptz, uuid[]) to notify_admin;
comment on function notify.create_api_key(text, text[], timestamptz, uuid[]) is
'Makes an API key of the enterprise in the context, and shows it this once: select * from notify.create_api_key(''booking system'', ''{send,read}''). Without a context p_enterprises names several. It expires in a year unless p_expires_at says otherwise.';
