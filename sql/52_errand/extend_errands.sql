-- Keeps the leases of errands while a slow one runs, each kind by its own function.
create or replace function engine.extend_errands(p_worker text, p_requests jsonb, p_lease interval)
returns table (request_id text, extended boolean)
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select *
  from engine.extend_syncs(
    p_worker, jsonb_path_query_array(p_requests, '$[*] ? (@.request_id starts with "sync/")'), p_lease
  );
  return query
  select *
  from engine.extend_cancellations(
    p_worker, jsonb_path_query_array(p_requests, '$[*] ? (@.request_id starts with "cancel/")'), p_lease
  );
  return query
  select *
  from engine.extend_bridges(
    p_worker, jsonb_path_query_array(p_requests, '$[*] ? (@.request_id starts with "bridge/")'), p_lease
  );
  return query
  select *
  from engine.extend_probes(
    p_worker, jsonb_path_query_array(p_requests, '$[*] ? (@.request_id starts with "probe/")'), p_lease
  );
  return query
  select *
  from engine.extend_polls(
    p_worker, jsonb_path_query_array(p_requests, '$[*] ? (@.request_id starts with "poll/")'), p_lease
  );
end
$$;

alter function engine.extend_errands(text, jsonb, interval) owner to notify_engine;
comment on function engine.extend_errands(text, jsonb, interval) is 'Extends the leases of errands that this worker still holds.';
