-- The limit of an API key in an enterprise, the most particular one that there is; null where there is none.
create or replace function engine.api_limit_of(p_enterprise_id uuid, p_key_id uuid)
returns notify.notification_api_limit
language plpgsql
stable
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

alter function engine.api_limit_of(uuid, uuid) owner to notify_engine;
comment on function engine.api_limit_of(uuid, uuid) is 'The limit of an API key in an enterprise; null: there is none.';
