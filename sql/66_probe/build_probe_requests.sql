-- The requests for the targets that this worker has just leased, each once: for the activity of a transactionId that nobody has, as
-- `xnovu doctor` does. Novu answers that in every edition, with an empty list.
create or replace function engine.build_probe_requests(p_worker text) returns setof engine.request
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  update notify.notification_probe as p
  set asked_at = notify.now()
  where p.claimed_by = p_worker and p.asked_at is null
  returning
    'probe/' || p.target,
    'probe',
    p.attempt,
    p.target,
    null::text,
    extract(epoch from p.due_at - interval '1 second' - notify.now())::double precision * 2 / 3,
    'GET',
    '/v1/notifications?transactionId=xnovu-probe&page=0&limit=1',
    '{}'::jsonb,
    null::text;
end
$$;

alter function engine.build_probe_requests(text) owner to notify_engine;
comment on function engine.build_probe_requests(text) is 'The requests that ask targets whether they answer, of those that a worker has just leased.';
