-- Whoever proves to hold an API key enters its enterprise, for the rest of the transaction, if the key has the scope: returns no status then,
-- a refusal otherwise. From here on row-level security does the rest: notify.bound_enterprise_id looks at the same proof. p_enterprise
-- may repeat the key's enterprise, and chooses one where the key is for several.
create or replace function http_v1.enter(p_proof text, p_enterprise text, p_scope text) returns http_v1.answer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_key notify.notification_api_key := engine.find_key(p_proof);
  v_enterprises uuid[] := notify.key_enterprises(v_key);
  v_enterprise_id uuid;
begin
  if v_enterprises is null then
    return http_v1.refuse(
      401, case when p_proof is null then 'key_missing' when v_key.id is null then 'key_unknown' else 'key_over' end,
      case
        when p_proof is null then 'An API key is needed: Authorization: Bearer xnovu_….'
        when v_key.id is null then 'This API key is not known.'
        when v_key.revoked_at is not null then 'This API key was revoked.'
        else 'This API key has expired.'
      end,
      p_headers => '{"WWW-Authenticate": "Bearer"}'
    );
  elsif p_scope <> all(v_key.scopes) then
    return http_v1.refuse(
      403, 'scope_missing',
      format('This API key may not do that: it has the scopes %s, and needs %s.', array_to_string(v_key.scopes, ', '), p_scope)
    );
  elsif p_enterprise is not null and not http_v1.is_uuid(p_enterprise) then
    return http_v1.refuse_malformed('[{"path": "enterpriseId", "message": "it is not a UUID"}]');
  elsif p_enterprise is null and cardinality(v_enterprises) > 1 then
    return http_v1.refuse_malformed(
      '[{"path": "enterpriseId", "message": "this API key is for several enterprises: name one"}]'
    );
  end if;
  v_enterprise_id := coalesce(p_enterprise::uuid, v_enterprises[1]);
  if v_enterprise_id <> all(v_enterprises) then
    return http_v1.refuse_enterprise();
  end if;
  perform
    set_config('app.api_key_proof', p_proof, true),
    set_config('app.current_enterprise_id', v_enterprise_id::text, true),
    set_config('app.api_key_id', v_key.id::text, true),
    set_config('app.current_user_id', 'API key ' || v_key.name, true);
  return null;
end
$$;

alter function http_v1.enter(text, text, text) owner to notify_owner;
comment on function http_v1.enter(text, text, text) is 'Enters the enterprise of an API key for the rest of the transaction, or says why not.';
