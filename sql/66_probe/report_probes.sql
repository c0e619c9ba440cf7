-- Takes the facts of requests that asked targets whether they answer. An answer to an old attempt changes nothing: the fence. A rate limit
-- (429) is an answer, too; what was not sent at all says nothing of Novu, and does not count.
create or replace function engine.report_probes(p_results jsonb) returns table (request_id text, outcome text)
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  return query
  with fact as (
    select
      r.result #>> '{requests,0,request_id}' as request_id,
      (r.result #>> '{requests,0,attempt}')::integer as attempt,
      (r.result ->> 'status')::integer as status,
      r.result #>> '{error,kind}' as kind,
      coalesce((r.result ->> 'status')::integer between 200 and 299 or (r.result ->> 'status')::integer = 429, false)
        as is_well
    from jsonb_array_elements(p_results) as r (result)
  ),
  noted as (
    update notify.notification_probe as p
    set
      claimed_by = null,
      asked_at = null,
      due_at = notify.now() + interval '1 minute',
      reported_at = case when f.kind = 'not_sent' then p.reported_at else notify.now() end,
      answered_at = case when f.is_well then notify.now() else p.answered_at end,
      failure_count = case when f.is_well then 0 when f.kind = 'not_sent' then p.failure_count else p.failure_count + 1 end,
      http_status = case when f.kind = 'not_sent' then p.http_status else f.status end,
      error_kind = case when f.kind = 'not_sent' then p.error_kind else f.kind end
    from fact as f
    where 'probe/' || p.target = f.request_id and p.attempt = f.attempt and p.claimed_by is not null
    returning f.request_id
  )
  select f.request_id, case when n.request_id is null then 'STALE' else 'DONE' end
  from fact as f
  left join noted as n on f.request_id = n.request_id;
end
$$;

alter function engine.report_probes(jsonb) owner to notify_engine;
comment on function engine.report_probes(jsonb) is 'Takes the facts of requests that asked targets whether they answer, and returns what became of each.';
