-- Makes the key that signs delivery ids from now on, and returns until when those of the one before are accepted: p_keep, at most for as
-- long as contents are kept (also the default), since nothing is told of a delivery without its content. Two at once go one after the other.
create or replace function engine.replace_bridge_key(p_keep interval) returns timestamptz
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  -- random ids of 122 bits each, mixed to 32 bytes; HMAC fills up with zeros to 64
  v_key bytea := sha256(
    uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
  ) || decode(repeat('00', 32), 'hex');
  v_inner bytea := v_key;
  v_outer bytea := v_key;
  v_until timestamptz;
begin
  lock table notify.notification_bridge_key in share row exclusive mode;
  select notify.now() + least(p_keep, make_interval(days => max(r.content_days))) into v_until
  from notify.notification_retention as r;
  delete from notify.notification_bridge_key as k where k.accepted_until <= notify.now();
  update notify.notification_bridge_key as k
  set accepted_until = least(k.accepted_until, v_until)
  where k.accepted_until is null or k.accepted_until > v_until;
  for i in 0 .. 63 loop
    v_inner := set_byte(v_inner, i, get_byte(v_key, i) # 54);
    v_outer := set_byte(v_outer, i, get_byte(v_key, i) # 92);
  end loop;
  insert into notify.notification_bridge_key (inner_key, outer_key) values (v_inner, v_outer);
  return v_until;
end
$$;

alter function engine.replace_bridge_key(interval) owner to notify_engine;
grant execute on function engine.replace_bridge_key(interval) to notify_owner;
comment on function engine.replace_bridge_key(interval) is 'Makes the key that signs delivery ids from now on, and returns until when former ones are accepted.';
