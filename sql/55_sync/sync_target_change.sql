-- Trigger function: an enterprise that gets a target of its own needs its workflows and the shared ones there, and one that loses it
-- needs its own on the default target again.
create or replace function engine.sync_target_change() returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on -- a migration has it off, and may publish
as $$
begin
  perform engine.queue_syncs(p_enterprise_id => case tg_op when 'DELETE' then old.enterprise_id else new.enterprise_id end);
  return null;
end
$$;

alter function engine.sync_target_change() owner to notify_engine;
comment on function engine.sync_target_change() is 'Trigger function: queues what a changed target needs of workflows.';

create or replace trigger sync_gained_or_lost after insert or delete on notify.notification_target
for each row execute function engine.sync_target_change();

create or replace trigger sync_renamed after update of target on notify.notification_target
for each row when (old.target <> new.target) execute function engine.sync_target_change();
