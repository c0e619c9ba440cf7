-- The row of a workflow after an answer of Novu: the report of one step queues the next. After any failure it looks first. When
-- something else is wanted by now, it begins again. A row whose step is GONE is to be deleted.
create or replace function engine.advance_sync(p_sync notify.notification_sync, p_result jsonb)
returns notify.notification_sync
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_status integer := (p_result ->> 'status')::integer;
  v_body jsonb := nullif(p_result -> 'body', 'null');
  v_error jsonb := nullif(p_result -> 'error', 'null');
  v_workflow jsonb := coalesce(v_body -> 'data', v_body);
  v_verdict text := engine.judge_sync(p_sync.step, v_status, v_error ->> 'kind', v_workflow);
  v_details jsonb := engine.describe_answer(v_verdict, v_status, null, v_body, v_error);
  v_is_outdated boolean := p_sync.asked is distinct from
    jsonb_build_object('version', p_sync.wanted_version, 'active', p_sync.wanted_active, 'deleted', p_sync.wanted_deleted);
begin
  p_sync.claimed_by := null;
  p_sync.is_handed_over := false;
  p_sync.http_status := coalesce(v_status, p_sync.http_status);
  p_sync.answered_at := notify.now();
  if v_verdict = 'RELEASE' then
    p_sync.due_at := notify.now();
    return p_sync;
  elsif v_verdict in ('RETRY', 'AMBIGUOUS', 'STOP', 'AWAY') then
    p_sync.step := case p_sync.step when 'REMOVE' then 'REMOVE' else 'LOOK' end; -- a stray must not be forgotten
    p_sync.failure_count := p_sync.failure_count + 1;
    p_sync.error_details := v_details;
    p_sync.due_at := notify.now() + engine.everybodys_retry_delay(
      v_verdict, p_sync.failure_count, make_interval(secs => (p_result ->> 'retry_after')::double precision), 'normal'
    );
    return p_sync;
  elsif v_verdict = 'REFUSED' then
    p_sync := engine.settle_sync(p_sync, v_details ->> 'code', v_details ->> 'message');
  elsif p_sync.step = 'LOOK' then
    p_sync := engine.take_look(p_sync, case v_verdict when 'DONE' then v_workflow end);
    return p_sync;
  else
    p_sync := engine.take_result(p_sync, v_workflow);
  end if;
  if v_is_outdated and p_sync.step is distinct from 'REMOVE' then
    p_sync.novu_version := case when p_sync.step is distinct from 'GONE' then p_sync.novu_version end;
    p_sync.step := 'LOOK';
    p_sync.due_at := notify.now();
    p_sync.is_in_step := false;
    p_sync.error_details := null;
  end if;
  return p_sync;
end
$$;

alter function engine.advance_sync(notify.notification_sync, jsonb) owner to notify_engine;
comment on function engine.advance_sync(notify.notification_sync, jsonb) is 'The row of a workflow after an answer of Novu, with its next step.';
