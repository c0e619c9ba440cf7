-- Keeps the leases of polls while a slow one runs: for the worker that holds them, as long as it does.
create or replace function engine.extend_polls(p_worker text, p_requests jsonb, p_lease interval)
returns table (request_id text, extended boolean)
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  return query
  with asked as (
    select q.request ->> 'request_id' as request_id, (q.request ->> 'attempt')::integer as attempt
    from jsonb_array_elements(p_requests) as q (request)
  ),
  kept as (
    update notify.notification_poll as p
    set due_at = notify.now() + p_lease + interval '1 second'
    from asked as a
    where
      p.is_chosen
      and p.enterprise_id = split_part(a.request_id, '/', 2)::uuid
      and p.poll_id = split_part(a.request_id, '/', 3)::bigint
      and p.attempt = a.attempt
      and p.claimed_by = p_worker
      and p.due_at > notify.now() + interval '1 second'
    returning a.request_id
  )
  select a.request_id, k.request_id is not null
  from asked as a
  left join kept as k on a.request_id = k.request_id;
end
$$;

alter function engine.extend_polls(text, jsonb, interval) owner to notify_engine;
comment on function engine.extend_polls(text, jsonb, interval) is 'Extends the leases of polls that this worker still holds.';
