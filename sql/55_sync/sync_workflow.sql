-- Looks at Novu again now, and mends what differs, or with p_is_check only says what differs. Owned by notify_owner, to whom the
-- policies apply. What a worker has in hand, or what is waiting to be changed, goes its way: a check takes its turn after that.
create or replace function notify.sync_workflow(p_workflow_key text default null, p_is_check boolean default false)
returns integer
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_count integer;
begin
  update notify.notification_sync as s
  set
    is_check = case when s.step is null or s.is_check then p_is_check else false end,
    step = coalesce(s.step, 'LOOK'),
    failure_count = 0,
    due_at = case when s.claimed_by is null then notify.now() else s.due_at end
  where p_workflow_key is null or s.workflow_key = p_workflow_key;
  get diagnostics v_count = row_count;
  if v_count = 0 and p_workflow_key is not null then
    raise exception using
      errcode = 'XN101',
      message = format('there is no published workflow with the key %L to look at here', p_workflow_key),
      hint = 'A manager asks for workflows of its enterprise (notify.set_enterprise chooses it), an admin without a context for all.';
  end if;
  return v_count;
end
$$;

alter function notify.sync_workflow(text, boolean) owner to notify_owner;
grant execute on function notify.sync_workflow(text, boolean) to notify_manager, notify_admin;
comment on function notify.sync_workflow(text, boolean) is
'Asks Novu again for a workflow, or for all, and mends what differs: select notify.sync_workflow(''fire-alarm''). With true as the second argument it only says what differs. Returns how many it asked for, each on each target; notify.workflow_sync_status shows what came of it.';
