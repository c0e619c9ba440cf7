-- The limit of an API key in an enterprise: the most particular row that there is.
create or replace function engine.request_limit(p_enterprise_id uuid, p_key_id uuid)
returns notify.notification_api_limit
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_limit notify.notification_api_limit;
begin
  select * into v_limit
  from notify.notification_api_limit as l
  where
    l.enterprise_id in (p_enterprise_id, '00000000-0000-0000-0000-000000000000')
    and l.key_id in (p_key_id, '00000000-0000-0000-0000-000000000000')
  order by (l.enterprise_id = p_enterprise_id) desc, (l.key_id = p_key_id) desc
  limit 1;
  return v_limit;
end
$$;

alter function engine.request_limit(uuid, uuid) owner to notify_engine;
grant execute on function engine.request_limit(uuid, uuid) to notify_owner;
comment on function engine.request_limit(uuid, uuid) is 'The limit of an API key in an enterprise; null where there is none.';
