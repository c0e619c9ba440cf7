-- Keeps the leases of cancellations while a slow one runs: for the worker that holds them, as long as it does.
create or replace function engine.extend_cancellations(p_worker text, p_requests jsonb, p_lease interval)
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
    update notify.notification_cancellation as c
    set due_at = notify.now() + p_lease + interval '1 second'
    from asked as a
    cross join lateral string_to_array(a.request_id, '/') as k (key)
    where
      c.enterprise_id = k.key[2]::uuid
      and c.notification_id = k.key[3]::uuid
      and c.transaction_id = k.key[4]::uuid
      and c.attempt = a.attempt
      and c.claimed_by = p_worker
      and c.due_at > notify.now() + interval '1 second'
    returning a.request_id
  )
  select a.request_id, k.request_id is not null
  from asked as a
  left join kept as k on a.request_id = k.request_id;
end
$$;

alter function engine.extend_cancellations(text, jsonb, interval) owner to notify_engine;
comment on function engine.extend_cancellations(text, jsonb, interval) is 'Extends the leases of cancellations that this worker still holds.';
