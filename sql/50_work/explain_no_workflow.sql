-- Why a notification has no workflow to go by, as error details.
create or replace function engine.explain_no_workflow(p_enterprise_id uuid, p_workflow_key text) returns jsonb
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select jsonb_build_object(
    'code', 'workflow_' || t.what, 'field', 'workflow_key',
    'message', case t.what
      when 'unknown' then format('there is no workflow with the key %L, neither the enterprise''s own nor a shared one', p_workflow_key)
      when 'deactivated' then format('workflow %L is deactivated', p_workflow_key)
      else format('workflow %L is not published: notify.publish makes its first version', p_workflow_key)
    end
  )
  from (
    select case
      when count(*) = 0 then 'unknown'
      when bool_or(w.deactivated and w.publish_status = 'PUBLISHED') then 'deactivated'
      else 'unpublished'
    end as what
    from notify.ent_notification_workflow as w
    where
      w.enterprise_id in (p_enterprise_id, '00000000-0000-0000-0000-000000000000')
      and w.workflow_key = p_workflow_key
  ) as t
$$;

alter function engine.explain_no_workflow(uuid, text) owner to notify_engine;
comment on function engine.explain_no_workflow(uuid, text) is 'Why a key leads to no workflow: unknown, unpublished or deactivated.';
