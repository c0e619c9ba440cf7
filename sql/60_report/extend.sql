-- Keeps a lease while a slow request runs. Only for the worker that holds it, and only while it does: a claim that was taken over
-- is gone, and an attempt that is not the current one is not extended.
create or replace function worker_v1.extend(p_worker text, p_requests jsonb, p_lease interval)
returns table (request_id text, extended boolean)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  c_errands constant jsonpath := '$[*] ? (@.request_id like_regex "^[a-z]+/")'; -- no enterprise's id is
  v_held text[];
begin
  perform engine.check_claim(p_worker, 'normal', 1, p_lease);
  if jsonb_path_exists(p_requests, c_errands) then
    return query select * from engine.extend_errands(p_worker, jsonb_path_query_array(p_requests, c_errands), p_lease);
    p_requests := jsonb_path_query_array(p_requests, '$[*] ? (!(@.request_id like_regex "^[a-z]+/"))');
  end if;
  with held as (
    select q.request ->> 'request_id' as request_id, c.claim_id
    from jsonb_array_elements(p_requests) as q (request)
    cross join lateral string_to_array(q.request ->> 'request_id', '/') as k (key)
    inner join notify.notification_delivery as d
      on d.enterprise_id = k.key[1]::uuid and d.notification_id = k.key[2]::uuid and d.number = k.key[3]::integer
    inner join notify.notification_claim as c on d.claim_id = c.claim_id
    where
      d.attempt = (q.request ->> 'attempt')::integer
      and c.worker = p_worker
      and c.leased_until > notify.now()
  ),
  kept as (
    update notify.notification_claim as c
    set leased_until = notify.now() + p_lease
    where c.claim_id in (select h.claim_id from held as h) and c.leased_until > notify.now()
    returning c.claim_id
  )
  select array_agg(h.request_id) into v_held
  from held as h
  inner join kept as k on h.claim_id = k.claim_id;
  return query
  select q.request ->> 'request_id', coalesce(q.request ->> 'request_id' = any(v_held), false)
  from jsonb_array_elements(p_requests) as q (request);
end
$$;

alter function worker_v1.extend(text, jsonb, interval) owner to notify_engine;
grant execute on function worker_v1.extend(text, jsonb, interval) to notify_worker;
comment on function worker_v1.extend(text, jsonb, interval) is
'Extends the lease of requests that this worker still holds ([{"request_id", "attempt"}]), to p_lease from now; false: no longer its own.';
