-- The requests of the errands that this worker has just leased, of every kind, each once.
create or replace function engine.build_errands(p_worker text) returns setof engine.request
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  return query select * from engine.build_sync_requests(p_worker);
  return query select * from engine.build_cancellation_requests(p_worker);
  return query select * from engine.build_bridge_requests(p_worker);
  return query select * from engine.build_probe_requests(p_worker);
  return query select * from engine.build_poll_requests(p_worker);
end
$$;

alter function engine.build_errands(text) owner to notify_engine;
comment on function engine.build_errands(text) is 'The requests of the errands that a worker has just leased.';
