-- The workflow that a key means to who looks from here: the enterprise's own, published or not, before the shared one.
create or replace function notify.visible_workflow(p_workflow_key text) returns notify.ent_notification_workflow
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_enterprise_id uuid := notify.managed_enterprise_id();
  v_workflow notify.ent_notification_workflow;
begin
  select * into v_workflow
  from notify.ent_notification_workflow as w
  where
    w.enterprise_id in (v_enterprise_id, '00000000-0000-0000-0000-000000000000')
    and w.workflow_key = p_workflow_key
  order by (w.enterprise_id = v_enterprise_id) desc
  limit 1;
  if not found then
    raise exception using
      errcode = 'XN101',
      message = format('there is no workflow with the key %L for this enterprise', p_workflow_key),
      hint = 'select workflow_key from notify.ent_notification_workflow shows those that exist.';
  end if;
  return v_workflow;
end
$$;

alter function notify.visible_workflow(text) owner to notify_owner;
comment on function notify.visible_workflow(text) is 'The workflow that a key means from here: the enterprise''s own before the shared one.';
