-- Keeps the leases of requests that have Novu discover while a slow one runs: for the worker that holds them, as long as it does.
create or replace function engine.extend_bridges(p_worker text, p_requests jsonb, p_lease interval)
returns table (request_id text, extended boolean)
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  return query
  with kept as (
    update notify.notification_bridge as b
    set due_at = notify.now() + p_lease + interval '1 second'
    from jsonb_array_elements(p_requests) as q (request)
    where
      b.due_at > notify.now() + interval '1 second'
      and b.claimed_by = p_worker
      and b.attempt = (q.request ->> 'attempt')::integer
      and 'bridge/' || b.target = q.request ->> 'request_id'
    returning 'bridge/' || b.target as request_id
  )
  select q.request ->> 'request_id', k.request_id is not null
  from jsonb_array_elements(p_requests) as q (request)
  left join kept as k on q.request ->> 'request_id' = k.request_id;
end
$$;

alter function engine.extend_bridges(text, jsonb, interval) owner to notify_engine;
comment on function engine.extend_bridges(text, jsonb, interval) is 'Extends the leases of requests that have Novu discover anew, that this worker still holds.';
