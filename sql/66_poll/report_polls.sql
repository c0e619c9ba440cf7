-- Takes the facts of polls. An answer to an old attempt changes nothing: the fence. What is refused or fails here says nothing of sends, and
-- opens no breaker. What became of them is counted for the metrics.
create or replace function engine.report_polls(p_results jsonb) returns table (request_id text, outcome text)
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_fact record;
  v_poll notify.notification_poll;
  v_verdict text;
  v_lanes text[] := '{}';
  v_outcomes text[] := '{}';
begin
  for v_fact in
    select
      r.result #>> '{requests,0,request_id}' as request_id,
      (r.result #>> '{requests,0,attempt}')::integer as attempt,
      (r.result ->> 'status')::integer as status,
      nullif(r.result -> 'body', 'null') as body,
      r.result #>> '{error,kind}' as error_kind,
      make_interval(secs => (r.result ->> 'retry_after')::double precision) as retry_after
    from jsonb_array_elements(p_results) as r (result)
    order by 1
  loop
    request_id := v_fact.request_id;
    select p.* into v_poll
    from notify.notification_poll as p
    where
      p.enterprise_id = split_part(v_fact.request_id, '/', 2)::uuid
      and p.poll_id = split_part(v_fact.request_id, '/', 3)::bigint
      and p.attempt = v_fact.attempt
      and p.claimed_by is not null
    for update;
    if found then
      v_verdict := engine.judge_poll(v_fact.status, v_fact.body, v_fact.error_kind);
      if v_verdict in ('ANSWERED', 'NOTHING') then
        perform engine.settle_poll(v_poll, v_verdict, v_fact.body);
        outcome := 'DONE';
      elsif engine.retry_poll(v_poll, v_verdict, v_fact.retry_after) then
        outcome := 'RETRY';
      else
        outcome := 'FAILED';
      end if;
      v_lanes := v_lanes || v_poll.lane;
      v_outcomes := v_outcomes || outcome;
    else
      outcome := 'STALE';
    end if;
    return next;
  end loop;
  perform engine.measure_polls(v_lanes, v_outcomes);
end
$$;

alter function engine.report_polls(jsonb) owner to notify_engine;
comment on function engine.report_polls(jsonb) is 'Takes the facts of polls, and returns what became of each.';
