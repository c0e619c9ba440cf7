-- Whether a proof, the SHA-256 of an API key in hexadecimal, is of a valid key for this enterprise: asked by the policies of every statement
-- that the HTTP face makes, hence in one look by an index.
create or replace function engine.proves_key(p_proof text, p_enterprise_id uuid) returns boolean
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  return p_proof ~ '^[0-9a-f]{64}$' and exists (
    select
    from notify.notification_api_key as k
    where
      k.key_hash = sha256(decode(p_proof, 'hex'))
      and k.revoked_at is null
      and (k.expires_at is null or k.expires_at > notify.now())
      and p_enterprise_id = any(coalesce(k.bound_enterprises, array[k.enterprise_id]))
  );
end
$$;

alter function engine.proves_key(text, uuid) owner to notify_engine;
grant execute on function engine.proves_key(text, uuid) to notify_owner;
comment on function engine.proves_key(text, uuid) is 'Whether a proof is of a valid API key for this enterprise.';
