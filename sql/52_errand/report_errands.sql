-- Takes the facts of errands, each kind by its own function.
create or replace function engine.report_errands(p_results jsonb) returns table (request_id text, outcome text)
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select *
  from engine.report_syncs(jsonb_path_query_array(p_results, '$[*] ? (@.requests[0].request_id starts with "sync/")'));
  return query
  select *
  from engine.report_cancellations(
    jsonb_path_query_array(p_results, '$[*] ? (@.requests[0].request_id starts with "cancel/")')
  );
  return query
  select *
  from engine.report_bridges(
    jsonb_path_query_array(p_results, '$[*] ? (@.requests[0].request_id starts with "bridge/")')
  );
  return query
  select *
  from engine.report_probes(
    jsonb_path_query_array(p_results, '$[*] ? (@.requests[0].request_id starts with "probe/")')
  );
  return query
  select *
  from engine.report_polls(jsonb_path_query_array(p_results, '$[*] ? (@.requests[0].request_id starts with "poll/")'));
end
$$;

alter function engine.report_errands(jsonb) owner to notify_engine;
comment on function engine.report_errands(jsonb) is 'Takes the facts of errands, and returns what became of each.';
