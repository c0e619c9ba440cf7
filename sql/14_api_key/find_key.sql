-- The API key that a proof, the SHA-256 of a key in hexadecimal, proves to be held; null for none. Valid or not: notify.key_enterprises says. The proof,
-- and not the key, comes to the database, so that nothing which its log may show can be used at the HTTP face; and what is stored is the
-- proof's hash, so that nothing in a backup can be used here.
create or replace function engine.find_key(p_proof text) returns notify.notification_api_key
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_key notify.notification_api_key;
begin
  if p_proof ~ '^[0-9a-f]{64}$' then
    select * into v_key
    from notify.notification_api_key as k
    where k.key_hash = sha256(decode(p_proof, 'hex'));
  end if;
  return v_key;
end
$$;

alter function engine.find_key(text) owner to notify_engine;
grant execute on function engine.find_key(text) to notify_owner;
comment on function engine.find_key(text) is 'The API key that a proof belongs to; null for none.';
