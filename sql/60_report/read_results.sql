-- Takes a worker's facts apart: one row a delivery, with the verdict on it. A bulk's answers come in the order of its events. A call of
-- which Novu took every event, as nearly always, is seen as such at one look, and its events are not judged one by one.
create or replace function engine.read_results(p_results jsonb) returns engine.answer[]
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    with fact as (
      select
        r.result -> 'requests' as requests,
        (r.result ->> 'status')::integer as http_status,
        nullif(r.result -> 'body', 'null') as body,
        nullif(r.result -> 'error', 'null') as error,
        make_interval(secs => (r.result ->> 'retry_after')::double precision) as retry_after,
        (r.result ->> 'latency_ms')::real as latency_ms
      from jsonb_array_elements(p_results) as r (result)
    ),
    call as (
      select f.*, engine.is_accepted(f.http_status, f.error, f.body -> 'data', jsonb_array_length(f.requests)) as is_accepted
      from fact as f
    ),
    event as (
      select r.request_id, r.attempt, c.http_status, c.latency_ms, 'SENT' as verdict, c.retry_after, null::jsonb as error_details
      from call as c
      cross join lateral jsonb_to_recordset(c.requests) as r (request_id text, attempt integer)
      where c.is_accepted
      union all
      select j.request_id, j.attempt, c.http_status, c.latency_ms, j.verdict, c.retry_after, j.error_details
      from call as c
      cross join lateral engine.judge_call(c.requests, c.http_status, c.body, c.error) as j
      where not c.is_accepted
    ),
    answer as (
      select
        e.*, string_to_array(e.request_id, '/') as key
      from event as e
    )
    select array_agg((
      a.key[1]::uuid, a.key[2]::uuid, a.key[3]::integer, a.attempt, a.http_status, a.latency_ms, a.verdict, a.retry_after,
      a.error_details
    )::engine.answer order by a.key[1], a.key[2], a.key[3]::integer)
    from answer as a
  );
end
$$;

alter function engine.read_results(jsonb) owner to notify_engine;
comment on function engine.read_results(jsonb) is 'The facts of a report, one row a delivery, judged.';
