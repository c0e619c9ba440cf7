-- Before the INSERT of a notification that names its workflow by id: fills in whose workflow it is, and its key. The composite
-- foreign key can then hold. Runs as the inserting role, whose policies show its own workflows and the shared ones.
create or replace function notify.fill_workflow() returns trigger
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_key text;
begin
  select w.enterprise_id, w.workflow_key into new.workflow_enterprise_id, v_key
  from notify.ent_notification_workflow as w
  where
    w.id = new.workflow_id
    and w.enterprise_id in (new.enterprise_id, '00000000-0000-0000-0000-000000000000')
  order by (w.enterprise_id = new.enterprise_id) desc
  limit 1;
  if not found then
    raise exception using
      errcode = 'XN101',
      message = format('workflow_id %s does not exist for this enterprise', new.workflow_id),
      hint = 'Give the id of a workflow of the enterprise or of a shared one, or give workflow_key instead.';
  end if;
  if new.workflow_key <> v_key then
    raise exception using
      errcode = 'XN104',
      message = format('workflow_id and workflow_key name two different workflows: %L and %L', v_key, new.workflow_key),
      hint = 'Give one of the two.';
  end if;
  new.workflow_key := v_key;
  return new;
end
$$;

alter function notify.fill_workflow() owner to notify_owner;
comment on function notify.fill_workflow() is 'Trigger function: completes a notification that names its workflow by id.';
