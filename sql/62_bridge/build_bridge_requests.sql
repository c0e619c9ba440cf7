-- The requests for the targets that this worker has just leased, each once: Novu is told where the bridge is, and calls it with discover
-- before it answers.
create or replace function engine.build_bridge_requests(p_worker text) returns setof engine.request
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  update notify.notification_bridge as b
  set asked_at = notify.now(), asked_for = engine.bridge_digest(b.target)
  where b.claimed_by = p_worker and b.asked_at is null
  returning
    'bridge/' || b.target,
    'bridge',
    b.attempt,
    b.target,
    null::text,
    extract(epoch from b.due_at - interval '1 second' - notify.now())::double precision * 2 / 3,
    'POST',
    '/v1/bridge/sync',
    '{}'::jsonb,
    json_build_object('bridgeUrl', b.bridge_url)::text;
end
$$;

alter function engine.build_bridge_requests(text) owner to notify_engine;
comment on function engine.build_bridge_requests(text) is 'The requests that have Novu discover anew, of the targets that a worker has just leased.';
