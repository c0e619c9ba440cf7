-- What follows from a look at Novu: nothing, when all is as wanted; the next step, or, when only looking was asked, what differs.
-- p_workflow: what Novu has; null: it has none.
create or replace function engine.take_look(p_sync notify.notification_sync, p_workflow jsonb)
returns notify.notification_sync
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_differences text[] := '{}';
  v_step text;
begin
  p_sync.novu_active := (p_workflow -> 'active') = 'true';
  p_sync.novu_version := case when p_workflow is not null then p_sync.novu_version end;
  if p_sync.wanted_deleted then
    v_step := case when p_workflow is null then 'GONE' else 'DELETE' end;
    v_differences := array['it is there still'];
  elsif not p_sync.wanted_active then
    v_step := case when p_sync.novu_active then 'SWITCH' end;
    v_differences := array['it is active'];
  elsif p_workflow is null then
    v_step := 'CREATE';
    v_differences := array['it is not there'];
  else
    v_differences := engine.sync_differences(engine.wanted_workflow(p_sync), p_workflow);
    if v_differences = '{}' and p_sync.novu_version is distinct from p_sync.wanted_version then
      v_differences := array['it may have another description or other tags']; -- which we don't compare
    end if;
    v_step := case when v_differences <> '{}' then 'UPDATE' end;
  end if;
  if v_step is null then
    return engine.settle_sync(p_sync);
  elsif p_sync.is_check and v_step <> 'GONE' then
    return engine.settle_sync(p_sync, 'differs', 'At Novu ' || array_to_string(v_differences, '; '));
  end if;
  p_sync.step := v_step;
  p_sync.due_at := notify.now();
  p_sync.found := jsonb_build_object(
    'origin', p_workflow -> 'origin',
    'user', p_workflow #> '{preferences,user}',
    'ids', (
      select coalesce(jsonb_object_agg(s.type, s.id), '{}')
      from (
        select distinct on (e.step ->> 'type') e.step ->> 'type' as type, e.step -> '_id' as id
        from jsonb_array_elements(case jsonb_typeof(p_workflow -> 'steps') when 'array' then p_workflow -> 'steps' else '[]' end)
          with ordinality as e (step, place)
        where e.step ->> 'type' is not null and e.step ->> '_id' is not null
        order by e.step ->> 'type', e.place
      ) as s
    )
  );
  return p_sync;
end
$$;

alter function engine.take_look(notify.notification_sync, jsonb) owner to notify_engine;
comment on function engine.take_look(notify.notification_sync, jsonb) is
'What follows from what Novu has of a workflow: in step, the next step, or what differs.';
