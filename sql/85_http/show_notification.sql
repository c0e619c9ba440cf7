-- GET /api/notifications/{id}: a notification with its history, its deliveries and what was rendered; of the last two the first 100 each.
create or replace function http_v1.show_notification(p_proof text, p_id text, p_query jsonb) returns http_v1.answer
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
  v_answer http_v1.answer := http_v1.enter(p_proof, p_query ->> 'enterpriseId', 'read');
  v_enterprise_id uuid := notify.current_enterprise_id();
  v_row notify.ent_notification;
  v_id uuid;
begin
  if v_answer.status is not null then
    return v_answer;
  elsif p_query - 'enterpriseId' <> '{}' then
    return http_v1.refuse_malformed('[{"path": "", "message": "the query may have enterpriseId only"}]');
  elsif not http_v1.is_uuid(p_id) then
    return http_v1.refuse_notification(); -- what is no id is nobody's
  end if;
  v_id := p_id;
  select * into v_row from notify.ent_notification as n where n.enterprise_id = v_enterprise_id and n.id = v_id;
  if not found then
    return http_v1.refuse_notification();
  end if;
  return http_v1.say(
    200,
    jsonb_build_object(
      'notificationId', v_row.id, 'enterpriseId', v_row.enterprise_id, 'workflowId', v_row.workflow_key,
      'workflowVersion', v_row.workflow_version, 'status', v_row.notification_status, 'name', v_row.name,
      'priority', v_row.priority, 'building', v_row.building, 'timeZone', v_row.time_zone, 'locale', v_row.locale,
      'isDrill', v_row.is_drill, 'isTest', v_row.is_test, 'tags', v_row.tags,
      'channels', coalesce(v_row.rendered_channels, v_row.channels), 'recipients', v_row.recipients,
      'payload', v_row.payload, 'createdAt', v_row.created_at, 'scheduledFor', v_row.scheduled_for,
      'expiresAt', v_row.expires_at, 'renderedAt', v_row.rendered_at,
      'finalAt', coalesce(v_row.retracted_at, v_row.processed_at), 'transactionId', v_row.transaction_id,
      'error', v_row.error_details, 'warnings', v_row.warnings, 'retractionReason', v_row.retraction_reason,
      'correctionIds', v_row.correction_ids, 'correctsId', v_row.corrects_id
    ) || jsonb_build_object(
      'history', http_v1.list_history(v_enterprise_id, v_id),
      'deliveries', http_v1.list_deliveries(v_enterprise_id, v_id),
      'content', http_v1.list_content(v_enterprise_id, v_id)
    )
  );
end
$$;

alter function http_v1.show_notification(text, text, jsonb) owner to notify_owner;
grant execute on function http_v1.show_notification(text, text, jsonb) to notify_http;
comment on function http_v1.show_notification(text, text, jsonb) is 'GET /api/notifications/{id}: a notification with all that became of it.';
