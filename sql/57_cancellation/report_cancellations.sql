-- Takes the facts of cancellations. An answer to an old attempt changes nothing: the fence. Until Novu gives a definite answer it is asked
-- again, at everybody's pace for the lane.
create or replace function engine.report_cancellations(p_results jsonb) returns table (request_id text, outcome text)
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  return query
  with fact as materialized (
    select
      f.*,
      string_to_array(f.request_id, '/') as key,
      engine.judge_cancellation(f.http_status, f.body, f.error ->> 'kind') as verdict
    from (
      select
        r.result #>> '{requests,0,request_id}' as request_id,
        (r.result #>> '{requests,0,attempt}')::integer as attempt,
        (r.result ->> 'status')::integer as http_status,
        nullif(r.result -> 'body', 'null') as body,
        nullif(r.result -> 'error', 'null') as error,
        make_interval(secs => (r.result ->> 'retry_after')::double precision) as retry_after
      from jsonb_array_elements(p_results) as r (result)
    ) as f
  ),
  told as (
    update notify.notification_cancellation as c
    set
      cancellation_status = case when d.is_definite then f.verdict else 'OPEN' end,
      claimed_by = null,
      is_handed_over = false,
      due_at = case
        when not d.is_definite
          then notify.now() + engine.everybodys_retry_delay(f.verdict, c.failure_count + 1, f.retry_after, c.lane)
      end,
      failure_count = c.failure_count + case when d.is_definite or f.verdict = 'RELEASE' then 0 else 1 end,
      http_status = coalesce(f.http_status, c.http_status),
      error_details = case
        when not d.is_definite
          then coalesce(engine.describe_answer(f.verdict, f.http_status, null, f.body, f.error), c.error_details)
      end,
      finished_at = case when d.is_definite then notify.now() end
    from fact as f
    cross join lateral (select f.verdict in ('STOPPED', 'NOTHING_TO_STOP') as is_definite) as d
    where
      c.enterprise_id = f.key[2]::uuid
      and c.notification_id = f.key[3]::uuid
      and c.transaction_id = f.key[4]::uuid
      and c.attempt = f.attempt
      and c.claimed_by is not null
    returning f.request_id, case when d.is_definite then 'DONE' else 'RETRY' end as outcome
  )
  select f.request_id, coalesce(t.outcome, 'STALE')
  from fact as f
  left join told as t on f.request_id = t.request_id;
end
$$;

alter function engine.report_cancellations(jsonb) owner to notify_engine;
comment on function engine.report_cancellations(jsonb) is 'Takes the facts of cancellations, and returns what became of each.';
