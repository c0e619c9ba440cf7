-- Takes the facts of the calls that a worker made, and decides what each delivery and its notification become. Locks the
-- notifications first, and only then looks; one that a platform's open transaction holds is BUSY: to be reported again.
-- The planner's settings: a plan that was cached while the tables were small must not scan them when they are large.
create or replace function worker_v1.report(p_results jsonb) returns table (request_id text, outcome text)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
as $$
#variable_conflict use_column
declare
  c_errands constant jsonpath := '$[*] ? (@.requests[0].request_id like_regex "^[a-z]+/")'; -- no enterprise's id is
  v_answers engine.answer[];
  v_asked engine.delivery_key[];
  v_keys engine.delivery_key[];
  v_divisible engine.delivery_key[];
  v_recorded record;
begin
  perform engine.check_isolation();
  if jsonb_path_exists(p_results, c_errands) then
    return query select * from engine.report_errands(jsonb_path_query_array(p_results, c_errands));
    p_results := jsonb_path_query_array(p_results, '$[*] ? (!(@.requests[0].request_id like_regex "^[a-z]+/"))');
  end if;
  v_answers := engine.find_divisible(engine.await_workflows(engine.read_results(p_results)));
  if v_answers is null then
    return;
  end if;
  v_asked := array(select (a.enterprise_id, a.notification_id, a.number)::engine.delivery_key from unnest(v_answers) as a);
  v_divisible := array(
    select (a.enterprise_id, a.notification_id, a.number)::engine.delivery_key
    from unnest(v_answers) as a
    where a.verdict = 'DIVIDE'
  );
  v_keys := engine.lock_notifications(v_asked);
  select
    jsonb_object_agg(engine.request_id(r.enterprise_id, r.notification_id, r.number), r.outcome) as outcomes,
    array_agg((r.enterprise_id, r.notification_id)::engine.notification_key)
      filter (where r.outcome in ('SENT', 'FAILED')) as closed,
    array_agg((r.enterprise_id, r.notification_id, r.number)::engine.delivery_key) filter (where r.is_retracted) as retracted,
    array_agg((r.enterprise_id, r.notification_id, r.number)::engine.delivery_key) filter (
      where r.outcome = 'RETRY' and (r.enterprise_id, r.notification_id, r.number)::engine.delivery_key = any(v_divisible)
    ) as divided,
    array_agg((r.enterprise_id, r.notification_id, r.number, (r.measured).lane, r.target)::engine.sent_delivery)
      filter (where r.outcome = 'SENT') as sent,
    array_agg(r.claim_id) as claim_ids,
    array_agg(r.measured) as measured
  into v_recorded
  from engine.record_answers(v_answers, nullif(v_keys, v_asked)) as r;
  if v_recorded.divided is not null then
    perform engine.divide_deliveries(v_recorded.divided);
  end if;
  if v_recorded.closed is not null then
    perform engine.finish_notifications('Novu', v_recorded.closed);
  end if;
  if v_recorded.retracted is not null then
    perform engine.follow_retractions(v_recorded.retracted);
  end if;
  if v_recorded.sent is not null then
    perform engine.queue_polls(v_recorded.sent);
  end if;
  perform engine.measure_report(v_recorded.measured);
  perform engine.release_claims(v_recorded.claim_ids);
  if v_keys <> v_asked then -- what is BUSY is reported again, and counts then
    v_answers := array(
      select a::engine.answer
      from unnest(v_answers) as a
      where (a.enterprise_id, a.notification_id, a.number)::engine.delivery_key = any(v_keys)
    );
  end if;
  perform engine.note_targets(v_answers); -- last: it locks what all workers share
  return query
  select
    k.request_id,
    coalesce(v_recorded.outcomes ->> k.request_id, case when k.key = any(v_keys) then 'STALE' else 'BUSY' end)
  from (
    select
      engine.request_id(a.enterprise_id, a.notification_id, a.number) as request_id,
      (a.enterprise_id, a.notification_id, a.number)::engine.delivery_key as key
    from unnest(v_asked) as a
  ) as k;
end
$$;

alter function worker_v1.report(jsonb) owner to notify_engine;
grant execute on function worker_v1.report(jsonb) to notify_worker;
comment on function worker_v1.report(jsonb) is
'Takes the facts of HTTP calls, an object a call: requests (request_id and attempt, in the order of the events), status, body, error {kind: connect, no_answer or not_sent; message}, retry_after in seconds, latency_ms. Returns what became of each: SENT (of an errand: DONE), RETRY, FAILED, RETRACTED, STALE (too late: nothing changed) or BUSY (report it again).';
