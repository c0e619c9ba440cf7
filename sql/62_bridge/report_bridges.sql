-- Takes the facts of requests that had Novu discover anew. An answer to an old attempt changes nothing: the fence. What was published
-- while Novu discovered is found by the tick; what failed is tried again at the bulk lane's pace, for ever: nothing can be sent before. A row that
-- an admin holds in an open transaction is not waited for: BUSY, to be reported again.
create or replace function engine.report_bridges(p_results jsonb) returns table (request_id text, outcome text)
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_fact record;
  v_bridge notify.notification_bridge;
begin
  for v_fact in
    select
      f.*,
      case when f.status between 200 and 299 then 'DONE' else engine.judge_sync('SYNC', f.status, f.error ->> 'kind', null) end as verdict
    from (
      select
        r.result #>> '{requests,0,request_id}' as request_id,
        (r.result #>> '{requests,0,attempt}')::integer as attempt,
        (r.result ->> 'status')::integer as status,
        nullif(r.result -> 'body', 'null') as body,
        nullif(r.result -> 'error', 'null') as error,
        make_interval(secs => (r.result ->> 'retry_after')::double precision) as retry_after
      from jsonb_array_elements(p_results) as r (result)
    ) as f
  loop
    request_id := v_fact.request_id;
    outcome := 'STALE';
    perform
    from notify.notification_bridge as b
    where 'bridge/' || b.target = v_fact.request_id and b.attempt = v_fact.attempt and b.claimed_by is not null;
    if found then
      select b.* into v_bridge
      from notify.notification_bridge as b
      where 'bridge/' || b.target = v_fact.request_id
      for update skip locked;
      outcome := case when not found then 'BUSY' when v_fact.verdict = 'DONE' then 'DONE' else 'RETRY' end;
    end if;
    if outcome in ('DONE', 'RETRY') then
      update notify.notification_bridge as b
      set
        claimed_by = null,
        asked_at = null,
        is_in_step = v_fact.verdict = 'DONE' and v_bridge.asked_for is not null,
        discovered = case when v_fact.verdict = 'DONE' then v_bridge.asked_for else b.discovered end,
        due_at = case
          when v_fact.verdict <> 'DONE'
            then notify.now()
              + engine.everybodys_retry_delay(v_fact.verdict, v_bridge.failure_count + 1, v_fact.retry_after, 'bulk')
        end,
        failure_count = case v_fact.verdict when 'DONE' then 0 when 'RELEASE' then b.failure_count else b.failure_count + 1 end,
        http_status = coalesce(v_fact.status, b.http_status),
        error_details = case
          when v_fact.verdict <> 'DONE'
            then engine.describe_answer(v_fact.verdict, v_fact.status, null, v_fact.body, v_fact.error)
        end,
        answered_at = notify.now()
      where b.target = v_bridge.target;
    end if;
    return next;
  end loop;
end
$$;

alter function engine.report_bridges(jsonb) owner to notify_engine;
comment on function engine.report_bridges(jsonb) is 'Takes the facts of requests that had Novu discover anew, and returns what became of each.';
