-- The body of the request of a step. A PUT replaces the whole workflow: a step that is there keeps its id, so that what refers to it
-- goes on working, and so do the preferences and the origin that Novu has.
create or replace function engine.sync_body(p_sync notify.notification_sync) returns jsonb
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select case p_sync.step
    when 'CREATE'
      then w.workflow || jsonb_build_object('workflowId', notify.novu_workflow_id(p_sync.workflow_enterprise_id, p_sync.workflow_key))
    when 'UPDATE'
      then w.workflow || jsonb_build_object(
        'origin', coalesce(p_sync.found -> 'origin', '"novu-cloud"'),
        'preferences', jsonb_build_object('user', coalesce(p_sync.found -> 'user', 'null')),
        'steps', (
          select coalesce(jsonb_agg(
            case when p_sync.found -> 'ids' ? (s.step ->> 'type')
              then s.step || jsonb_build_object('_id', p_sync.found -> 'ids' -> (s.step ->> 'type'))
              else s.step
            end order by s.place
          ), '[]')
          from jsonb_array_elements(w.workflow -> 'steps') with ordinality as s (step, place)
        )
      )
    when 'SWITCH' then '{"active": false}'
  end
  from (select engine.wanted_workflow(p_sync)) as w (workflow)
$$;

alter function engine.sync_body(notify.notification_sync) owner to notify_engine;
comment on function engine.sync_body(notify.notification_sync) is 'The JSON body of the request of a step; null: it has none.';
