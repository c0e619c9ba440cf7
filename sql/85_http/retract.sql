-- POST /api/notifications/{id}/retract: takes a notification back, with a correction for those whom it may have reached.
create or replace function http_v1.retract(p_proof text, p_id text, p_body text) returns http_v1.answer
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set jit = off
set plan_cache_mode = force_generic_plan -- each looks up by a key, and planning under policies costs more than that
set enable_seqscan = off -- nor in a plan that was cached while a table was small
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  v_body jsonb := p_body;
  v_answer http_v1.answer := http_v1.enter(p_proof, http_v1.read_text(v_body, 'enterpriseId'), 'manage');
  v_given jsonb := nullif(v_body -> 'correction', 'null');
  v_errors jsonb;
  v_correction_id uuid;
begin
  if v_answer.status is not null then
    return v_answer;
  end if;
  v_errors := case
    when jsonb_typeof(v_body) <> 'object' then '[{"path": "", "message": "it is not an object: give {\"reason\": \"…\"}"}]'
    when v_body - array['reason', 'correction', 'enterpriseId'] <> '{}'
      then '[{"path": "", "message": "it may have reason, correction and enterpriseId only"}]'
    when jsonb_typeof(v_body -> 'reason') is distinct from 'string' or length(v_body ->> 'reason') not between 1 and 1000
      then '[{"path": "reason", "message": "it is not a text of 1 to 1,000 characters"}]'
    when jsonb_typeof(v_body -> 'enterpriseId') not in ('string', 'null')
      then '[{"path": "enterpriseId", "message": "it is not a UUID"}]'
    when jsonb_typeof(v_given) <> 'object' then '[{"path": "correction", "message": "it is not an object"}]'
  end;
  if v_errors is not null then
    return http_v1.refuse_malformed(v_errors);
  elsif not http_v1.is_uuid(p_id) then
    return http_v1.refuse_notification(); -- what is no id is nobody's
  end if;
  v_correction_id := notify.retract(
    p_id::uuid, v_body ->> 'reason',
    case when v_given is not null then (v_given - 'workflowId') || jsonb_build_object('workflow_key', v_given -> 'workflowId') end
  );
  return http_v1.say(
    200,
    jsonb_strip_nulls(
      jsonb_build_object('notificationId', p_id::uuid, 'status', 'RETRACTED', 'correctionId', v_correction_id)
    )
  );
exception
  when sqlstate 'XN202' then
    return http_v1.refuse_notification();
  when sqlstate 'XN205' then
    return http_v1.refuse_malformed(
      jsonb_build_array(jsonb_build_object('path', 'correction', 'message', replace(sqlerrm, 'workflow_key', 'workflowId')))
    );
  when sqlstate 'XN206' then
    return http_v1.refuse(409, 'corrected', sqlerrm);
end
$$;

alter function http_v1.retract(text, text, text) owner to notify_owner;
grant execute on function http_v1.retract(text, text, text) to notify_http;
comment on function http_v1.retract(text, text, text) is 'POST /api/notifications/{id}/retract: takes a notification back.';
