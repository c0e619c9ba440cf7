-- The transitions of a notification, its creation first.
create or replace function http_v1.list_history(p_enterprise_id uuid, p_id uuid) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select
      coalesce(
        jsonb_agg(
          jsonb_build_object(
            'at', h.happened_at, 'from', h.from_status, 'to', h.to_status, 'actor', h.actor, 'reason', h.reason
          ) order by h.happened_at
        ), '[]'
      )
    from notify.notification_history as h
    where h.enterprise_id = p_enterprise_id and h.notification_id = p_id
  );
end
$$;

alter function http_v1.list_history(uuid, uuid) owner to notify_owner;
comment on function http_v1.list_history(uuid, uuid) is 'The transitions of a notification.';
