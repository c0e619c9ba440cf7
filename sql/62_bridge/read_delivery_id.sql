-- The delivery that a signed id names, or null when it is no id that was signed for this target by the key, or by a former one that is still
-- accepted. Compared by digests, so that the time that it takes tells nothing of the right signature.
create or replace function engine.read_delivery_id(p_target text, p_signed_id text) returns engine.delivery_key
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_part text[] := string_to_array(p_signed_id, '/');
begin
  if p_signed_id !~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/[0-9]{1,9}/[0-9a-f]{64}$' then
    return null;
  elsif
    not exists (
      select
      from notify.notification_bridge_key as k
      where
        (k.accepted_until is null or k.accepted_until > notify.now())
        and sha256(convert_to(engine.delivery_signature(k, p_target, left(p_signed_id, -65)), 'UTF8'))
        = sha256(convert_to(v_part[4], 'UTF8'))
    )
  then
    return null;
  end if;
  return (v_part[1]::uuid, v_part[2]::uuid, v_part[3]::integer)::engine.delivery_key;
end
$$;

alter function engine.read_delivery_id(text, text) owner to notify_engine;
comment on function engine.read_delivery_id(text, text) is 'The delivery that a signed id names; null when it was not signed for this target.';
