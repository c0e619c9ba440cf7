-- What follows from a change at Novu that was answered well. Novu makes a workflow whose identifier is taken under another one: that is
-- deleted again. A change that did not come out as wanted is not tried for ever.
create or replace function engine.take_result(p_sync notify.notification_sync, p_workflow jsonb)
returns notify.notification_sync
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_wanted_id text := notify.novu_workflow_id(p_sync.workflow_enterprise_id, p_sync.workflow_key);
  v_differences text[];
begin
  if p_sync.step = 'DELETE' then
    p_sync.step := 'GONE';
    return p_sync;
  elsif p_sync.step = 'SWITCH' then
    p_sync.novu_active := false;
    return engine.settle_sync(p_sync);
  elsif p_sync.step = 'REMOVE' and p_sync.failure_count >= 3 then
    return engine.settle_sync(p_sync, 'wrong_identifier', p_sync.error_details ->> 'message');
  elsif p_sync.step = 'REMOVE' then
    p_sync.step := 'LOOK';
    p_sync.due_at := notify.now() + engine.everybodys_retry_delay('RETRY', p_sync.failure_count, null, 'normal');
    return p_sync;
  elsif p_sync.step = 'CREATE' and p_workflow ->> 'workflowId' <> v_wanted_id then
    p_sync.step := 'REMOVE';
    p_sync.due_at := notify.now();
    p_sync.failure_count := p_sync.failure_count + 1;
    p_sync.found := jsonb_build_object('stray', p_workflow ->> 'workflowId');
    p_sync.error_details := jsonb_build_object('code', 'wrong_identifier', 'message', engine.mask_people(
      format('Novu made it as %s instead of %s; that is deleted again', p_workflow ->> 'workflowId', v_wanted_id)
    ));
    return p_sync;
  end if;
  p_sync.novu_version := (p_sync.asked ->> 'version')::integer;
  p_sync.novu_active := (p_workflow -> 'active') = 'true';
  v_differences := engine.sync_differences(engine.wanted_workflow(p_sync), p_workflow);
  if v_differences = '{}' then
    return engine.settle_sync(p_sync);
  end if;
  return engine.settle_sync(p_sync, 'differs', 'Novu took it, but not as it was sent: ' || array_to_string(v_differences, '; '));
end
$$;

alter function engine.take_result(notify.notification_sync, jsonb) owner to notify_engine;
comment on function engine.take_result(notify.notification_sync, jsonb) is 'What follows from a change at Novu that was answered well.';
