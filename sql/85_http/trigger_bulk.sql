-- POST /api/trigger/bulk: triggers up to 1,000. Each is answered for itself; one that names another enterprise than the bulk is refused.
create or replace function http_v1.trigger_bulk(p_proof text, p_body text) returns http_v1.answer
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
  v_answer http_v1.answer := http_v1.enter(p_proof, http_v1.read_text(v_body, 'enterpriseId'), 'send');
  v_events jsonb[];
  v_errors jsonb;
begin
  if v_answer.status is not null then
    return v_answer;
  end if;
  v_errors := case
    when jsonb_typeof(v_body) <> 'object' then '[{"path": "", "message": "it is not an object: give {\"events\": […]}"}]'
    when v_body - array['events', 'enterpriseId'] <> '{}' then '[{"path": "", "message": "it may have events and enterpriseId only"}]'
    when jsonb_typeof(v_body -> 'enterpriseId') not in ('string', 'null') then '[{"path": "enterpriseId", "message": "it is not a UUID"}]'
    when jsonb_typeof(v_body -> 'events') is distinct from 'array' then '[{"path": "events", "message": "it is not a list"}]'
    when jsonb_array_length(v_body -> 'events') not between 1 and 1000
      then '[{"path": "events", "message": "it does not have 1 to 1,000 events"}]'
  end;
  if v_errors is not null then
    return http_v1.refuse_malformed(v_errors);
  end if;
  v_events := array(select e.value from jsonb_array_elements(v_body -> 'events') with ordinality as e order by e.ordinality);
  return http_v1.say(
    200,
    (
      select jsonb_build_object('data', jsonb_agg(jsonb_build_object('status', a.status, 'body', a.body::jsonb) order by a.ordinality))
      from unnest(http_v1.trigger_events(v_events)) with ordinality as a (status, headers, body, ordinality)
    )
  );
end
$$;

alter function http_v1.trigger_bulk(text, text) owner to notify_owner;
grant execute on function http_v1.trigger_bulk(text, text) to notify_http;
comment on function http_v1.trigger_bulk(text, text) is 'POST /api/trigger/bulk: triggers up to 1,000, and answers for each.';
