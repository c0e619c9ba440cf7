-- The delivery that a signed id names, or null when it is no id that was signed for this target. Compared by digests, so that the time
-- that it takes tells nothing of the right signature.
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
  elsif sha256(convert_to(p_signed_id, 'UTF8'))
    <> sha256(convert_to(
      engine.sign_delivery(p_target, v_part[1]::uuid, v_part[2]::uuid, v_part[3]::integer), 'UTF8'
    )) then
    return null;
  end if;
  return (v_part[1]::uuid, v_part[2]::uuid, v_part[3]::integer)::engine.delivery_key;
end
$$;

alter function engine.read_delivery_id(text, text) owner to notify_engine;
comment on function engine.read_delivery_id(text, text) is 'The delivery that a signed id names; null when it was not signed for this target.';
