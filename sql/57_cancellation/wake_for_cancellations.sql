-- Trigger function: wakes the workers of the lanes on which there is something to cancel. Owned by the engine, which knows the workers.
create or replace function engine.wake_for_cancellations() returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_lanes text[] := array(select distinct i.lane from inserted as i where i.due_at <= notify.now());
begin
  perform engine.wake_workers(v_lanes);
  return null;
end
$$;

alter function engine.wake_for_cancellations() owner to notify_engine;
comment on function engine.wake_for_cancellations() is 'Trigger function: wakes the workers of lanes on which there is something to cancel.';

create or replace trigger wake after insert on notify.notification_cancellation
referencing new table as inserted
for each statement execute function engine.wake_for_cancellations();
