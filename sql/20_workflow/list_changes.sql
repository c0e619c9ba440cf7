-- Where two versions of a workflow differ, or a version and the draft: a row for each part that was changed, added or taken away.
create or replace function notify.list_changes(
  p_workflow_key text,
  p_from_version integer default null,
  p_to_version integer default null
) returns table (part text, before text, after text)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_workflow notify.ent_notification_workflow := notify.managed_workflow(p_workflow_key);
  v_before notify.notification_workflow_version;
  v_after notify.notification_workflow_version;
begin
  if coalesce(p_from_version, v_workflow.published_version) is not null then
    v_before := notify.stored_version(v_workflow, coalesce(p_from_version, v_workflow.published_version));
  end if;
  v_after := case
    when p_to_version is null then notify.draft_version(v_workflow)
    else notify.stored_version(v_workflow, p_to_version)
  end;
  return query
  select coalesce(b.part, a.part), b.value, a.value
  from notify.describe_version(v_before) as b
  full join notify.describe_version(v_after) as a on b.part = a.part
  where b.value is distinct from a.value
  order by 1;
end
$$;

alter function notify.list_changes(text, integer, integer) owner to notify_owner;
grant execute on function notify.list_changes(text, integer, integer) to notify_manager, notify_admin;
comment on function notify.list_changes(text, integer, integer) is
'Where the draft of a workflow differs from what is published: select * from notify.list_changes(''fire-alarm''); or one version from another: select * from notify.list_changes(''fire-alarm'', 2, 5).';
