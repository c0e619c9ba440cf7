-- Keeps the leases of requests that ask whether Novu answers while a slow one runs: for the worker that holds them, as long as it does.
create or replace function engine.extend_probes(p_worker text, p_requests jsonb, p_lease interval)
returns table (request_id text, extended boolean)
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  return query
  with kept as (
    update notify.notification_probe as p
    set due_at = notify.now() + p_lease + interval '1 second'
    from jsonb_array_elements(p_requests) as q (request)
    where
      p.due_at > notify.now() + interval '1 second'
      and p.claimed_by = p_worker
      and p.attempt = (q.request ->> 'attempt')::integer
      and 'probe/' || p.target = q.request ->> 'request_id'
    returning 'probe/' || p.target as request_id
  )
  select q.request ->> 'request_id', k.request_id is not null
  from jsonb_array_elements(p_requests) as q (request)
  left join kept as k on q.request ->> 'request_id' = k.request_id;
end
$$;

alter function engine.extend_probes(text, jsonb, interval) owner to notify_engine;
comment on function engine.extend_probes(text, jsonb, interval) is 'Extends the leases of requests that ask whether Novu answers, that this worker still holds.';
