-- Rotates the key by which the delivery ids of targets in bridge mode are signed; the admin's. Returns until when ids that were signed before are
-- accepted: what Novu holds back goes on without a break. After a leak p_keep => '0' accepts none of them from now on.
create or replace function notify.rotate_bridge_key(p_keep interval default null) returns timestamptz
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if p_keep < interval '0' then
    raise exception using
      errcode = 'XN303',
      message = 'former keys can''t be accepted for less than no time',
      hint = 'Leave p_keep out to accept them for as long as contents are kept, or give ''0'' for not at all.';
  end if;
  return engine.replace_bridge_key(p_keep);
end
$$;

alter function notify.rotate_bridge_key(interval) owner to notify_owner;
grant execute on function notify.rotate_bridge_key(interval) to notify_admin;
comment on function notify.rotate_bridge_key(interval) is
'Rotates the key of bridges'' delivery ids: select notify.rotate_bridge_key(). Returns until when ids that were signed before are accepted; p_keep => ''0'': no longer.';
