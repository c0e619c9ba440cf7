-- The verdict on each event of a call. An event whose workflow Novu does not know, or has switched off, is UNKNOWN: see
-- engine.await_workflows.
create or replace function engine.judge_call(p_requests jsonb, p_status integer, p_body jsonb, p_error jsonb)
returns table (request_id text, attempt integer, verdict text, error_details jsonb)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_is_bulk boolean := jsonb_array_length(p_requests) > 1;
  v_data jsonb := p_body -> 'data';
begin
  return query
  with event as (
    select e.request, e.event, engine.judge_answer(p_status, e.event, p_error ->> 'kind', v_is_bulk) as verdict
    from rows from (
      jsonb_array_elements(p_requests),
      jsonb_array_elements(
        case
          when jsonb_typeof(v_data) <> 'array' and not v_is_bulk then jsonb_build_array(v_data)
          -- not one answer an event: which is whose can't be known
          when jsonb_typeof(v_data) = 'array' and jsonb_array_length(v_data) = jsonb_array_length(p_requests) then v_data
        end
      )
    ) as e (request, event)
  )
  select
    e.request ->> 'request_id',
    (e.request ->> 'attempt')::integer,
    case
      when
        e.verdict = 'REFUSED'
        and coalesce(e.event -> 'error' ->> 0, e.event ->> 'status', p_body ->> 'message') in ('workflow_not_found', 'trigger_not_active')
        then 'UNKNOWN'
      else e.verdict
    end,
    -- the answer to a bulk as a whole may speak of any event in it, and so of another enterprise's
    engine.describe_answer(e.verdict, p_status, e.event, case when not v_is_bulk then p_body end, p_error)
  from event as e;
end
$$;

alter function engine.judge_call(jsonb, integer, jsonb, jsonb) owner to notify_engine;
comment on function engine.judge_call(jsonb, integer, jsonb, jsonb) is 'The verdict on each event of a call.';
