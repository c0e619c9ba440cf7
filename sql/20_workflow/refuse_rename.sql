-- Trigger function: a workflow that was published keeps its key. Notifications, rules of programs and Novu know it by that, and a
-- rename would take effect at once, past every version.
create or replace function notify.refuse_rename() returns trigger
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception using
    errcode = 'XN108',
    message = format('workflow %L was published and can''t be renamed to %L', old.workflow_key, new.workflow_key),
    hint = 'Programs and Novu know it by its key. Insert a workflow with the new key, publish it, and deactivate this one.';
end
$$;

alter function notify.refuse_rename() owner to notify_owner;
comment on function notify.refuse_rename() is 'Trigger function: refuses to rename a workflow that was published.';
