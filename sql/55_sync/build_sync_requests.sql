-- The requests for the workflows that this worker has just leased, each once.
drop function if exists engine.build_sync_requests(text); -- as it was before there was a type of what it returns
create or replace function engine.build_sync_requests(p_worker text) returns setof engine.request
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  with handed as (
    update notify.notification_sync as s
    set
      is_handed_over = true,
      asked = jsonb_build_object('version', s.wanted_version, 'active', s.wanted_active, 'deleted', s.wanted_deleted)
    where s.due_at is not null and s.claimed_by = p_worker and not s.is_handed_over
    returning s as sync
  )
  select
    engine.sync_request_id(h.sync),
    'workflow',
    (h.sync).attempt,
    (h.sync).target,
    null::text,
    extract(epoch from (h.sync).due_at - interval '1 second' - notify.now())::double precision * 2 / 3,
    case (h.sync).step
      when 'LOOK' then 'GET' when 'CREATE' then 'POST' when 'UPDATE' then 'PUT' when 'SWITCH' then 'PATCH' else 'DELETE'
    end,
    '/v2/workflows' || case (h.sync).step
      when 'CREATE' then ''
      when 'REMOVE' then '/' || ((h.sync).found ->> 'stray')
      else '/' || notify.novu_workflow_id((h.sync).workflow_enterprise_id, (h.sync).workflow_key)
    end,
    '{}'::jsonb,
    engine.sync_body(h.sync)::text
  from handed as h;
end
$$;

alter function engine.build_sync_requests(text) owner to notify_engine;
comment on function engine.build_sync_requests(text) is 'The requests for the workflows that a worker has just leased.';
