-- A workflow that there is not for the enterprise in the context: those that there are.
create or replace function http_v1.refuse_workflow(p_enterprise_id uuid, p_workflow_key text) returns http_v1.answer
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_keys jsonb := (
    select coalesce(jsonb_agg(k.workflow_key), '[]')
    from (
      select distinct w.workflow_key
      from notify.ent_notification_workflow as w
      where
        w.enterprise_id in (p_enterprise_id, '00000000-0000-0000-0000-000000000000')
        and w.publish_status = 'PUBLISHED'
        and not w.deactivated
      order by w.workflow_key
      limit 200
    ) as k
  );
begin
  return http_v1.refuse(
    404, 'workflow_unknown', format('There is no published workflow %s for this enterprise.', to_json(p_workflow_key)),
    jsonb_build_object('workflows', v_keys)
  );
end
$$;

alter function http_v1.refuse_workflow(uuid, text) owner to notify_owner;
comment on function http_v1.refuse_workflow(uuid, text) is 'The refusal of a workflow that there is not: names those that there are.';
