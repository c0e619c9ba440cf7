-- The requests of the cancellations that this worker has just leased, each once.
create or replace function engine.build_cancellation_requests(p_worker text) returns setof engine.request
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  update notify.notification_cancellation as c
  set is_handed_over = true
  where c.claimed_by = p_worker and not c.is_handed_over
  returning
    engine.cancellation_request_id(c.enterprise_id, c.notification_id, c.transaction_id),
    'cancellation',
    c.attempt,
    c.target,
    null::text,
    extract(epoch from c.due_at - interval '1 second' - notify.now())::double precision * 2 / 3,
    'DELETE',
    '/v1/events/trigger/' || c.transaction_id::text,
    '{}'::jsonb,
    null::text;
end
$$;

alter function engine.build_cancellation_requests(text) owner to notify_engine;
comment on function engine.build_cancellation_requests(text) is 'The requests of the cancellations that a worker has just leased.';
