-- Trigger function: a target that changes its mode has its workflows pushed, or no longer.
create or replace function engine.sync_bridge_change() returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on -- a migration has it off
as $$
begin
  perform engine.queue_syncs();
  return null;
end
$$;

alter function engine.sync_bridge_change() owner to notify_engine;
comment on function engine.sync_bridge_change() is 'Trigger function: queues what a target needs that changed its mode.';

create or replace trigger sync_mode after insert or delete on notify.notification_bridge
for each row execute function engine.sync_bridge_change();
