-- Makes a new version of an old one, its templates with it: what is sent is at once as it was then. The draft is not changed;
-- notify.list_changes shows where the two differ. Reaches what notify.publish reaches.
create or replace function notify.rollback(p_workflow_key text, p_to_version integer, p_note text default null)
returns integer
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_workflow notify.ent_notification_workflow := notify.lock_workflow(p_workflow_key, 'roll back');
  v_version notify.notification_workflow_version := notify.stored_version(v_workflow, p_to_version);
begin
  v_version.rolled_back_to := p_to_version;
  v_version.note := coalesce(p_note, 'as version ' || p_to_version::text);
  return notify.add_version(p_workflow_key, v_version);
end
$$;

alter function notify.rollback(text, integer, text) owner to notify_owner;
grant execute on function notify.rollback(text, integer, text) to notify_manager, notify_admin;
comment on function notify.rollback(text, integer, text) is
'Publishes an earlier version of a workflow again, its templates with it, and returns the number of the new version: select notify.rollback(''fire-alarm'', 3, ''the new text was wrong''). The draft stays as it is.';
