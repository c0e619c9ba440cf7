-- Trigger function: publishing, rolling back, deactivating, reactivating or deleting a workflow queues what Novu must be told.
create or replace function engine.sync_workflow_change() returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on -- a migration has it off, and may publish
as $$
begin
  if tg_op = 'DELETE' then
    perform engine.queue_syncs(old.enterprise_id, array[old.workflow_key]);
  elsif tg_op = 'INSERT' then
    perform engine.queue_syncs(new.enterprise_id, array[new.workflow_key]);
  else
    perform engine.queue_syncs(new.enterprise_id, array[old.workflow_key, new.workflow_key]);
  end if;
  return null;
end
$$;

alter function engine.sync_workflow_change() owner to notify_engine;
comment on function engine.sync_workflow_change() is 'Trigger function: queues what Novu must be told of a changed workflow.';

-- An edit of the draft changes nothing that Novu has, and calls nothing.
create or replace trigger sync_insert after insert on notify.ent_notification_workflow
for each row when (new.published_version is not null) execute function engine.sync_workflow_change();

create or replace trigger sync_update after update on notify.ent_notification_workflow
for each row when (
  (old.published_version, old.deactivated, old.workflow_key)
  is distinct from (new.published_version, new.deactivated, new.workflow_key)
  and (old.published_version is not null or new.published_version is not null)
) execute function engine.sync_workflow_change();

create or replace trigger sync_delete after delete on notify.ent_notification_workflow
for each row when (old.published_version is not null) execute function engine.sync_workflow_change();
