-- POST /api/trigger: triggers a notification of the enterprise of an API key.
create or replace function http_v1.trigger(p_proof text, p_body text) returns http_v1.answer
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
  v_event jsonb := p_body;
  v_answer http_v1.answer := http_v1.enter(p_proof, http_v1.read_text(v_event, 'enterpriseId'), 'send');
begin
  return case when v_answer.status is not null then v_answer else (http_v1.trigger_events(array[v_event]))[1] end;
end
$$;

alter function http_v1.trigger(text, text) owner to notify_owner;
grant execute on function http_v1.trigger(text, text) to notify_http;
comment on function http_v1.trigger(text, text) is 'POST /api/trigger: triggers a notification.';
