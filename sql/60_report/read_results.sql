-- Takes a worker's facts apart: one row a delivery, with the verdict on it. A bulk's answers come in the order of its events. An event
-- whose workflow Novu does not know, or has switched off, is UNKNOWN: see engine.await_workflows.
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
      select f.*, jsonb_array_length(f.requests) > 1 as is_bulk, f.body -> 'data' as data
      from fact as f
    ),
    event as materialized (
      select
        c.*, c.error ->> 'kind' as error_kind, e.request, e.event,
        string_to_array(e.request ->> 'request_id', '/') as key
      from call as c
      cross join lateral rows from (
        jsonb_array_elements(c.requests),
        jsonb_array_elements(
          case
            when jsonb_typeof(c.data) <> 'array' and not c.is_bulk then jsonb_build_array(c.data)
            -- not one answer an event: which is whose can't be known
            when jsonb_typeof(c.data) = 'array' and jsonb_array_length(c.data) = jsonb_array_length(c.requests) then c.data
          end
        )
      ) as e (request, event)
    ),
    judged as (
      select e.*, engine.judge_answer(e.http_status, e.event, e.error_kind, e.is_bulk) as verdict
      from event as e
    ),
    told as (
      select
        j.*,
        case
          when
            j.verdict = 'REFUSED'
            and coalesce(j.event -> 'error' ->> 0, j.event ->> 'status', j.body ->> 'message') in ('workflow_not_found', 'trigger_not_active')
            then 'UNKNOWN'
          else j.verdict
        end as final_verdict
      from judged as j
    )
    select array_agg((
      j.key[1]::uuid, j.key[2]::uuid, j.key[3]::integer, (j.request ->> 'attempt')::integer,
      j.http_status, j.latency_ms, j.final_verdict, j.retry_after,
      -- the answer to a bulk as a whole may speak of any event in it, and so of another enterprise's
      engine.describe_answer(j.verdict, j.http_status, j.event, case when not j.is_bulk then j.body end, j.error)
    )::engine.answer order by j.key[1], j.key[2], j.key[3]::integer)
    from told as j
  );
end
$$;

alter function engine.read_results(jsonb) owner to notify_engine;
comment on function engine.read_results(jsonb) is 'The facts of a report, one row a delivery, judged.';
