-- Trigger function: a bridge that moved is discovered anew, and so it is when its URL is set to what it was. What a worker has in hand was
-- asked with the old URL, so its answer says nothing of this one.
create or replace function engine.discover_moved() returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on -- a migration has it off
as $$
begin
  update notify.notification_bridge as b
  set
    is_in_step = false, asked_for = null, discovered = null,
    due_at = case when b.claimed_by is null then notify.now() else b.due_at end
  where b.target = new.target;
  perform engine.wake_workers(array['bulk']);
  return null;
end
$$;

alter function engine.discover_moved() owner to notify_engine;
comment on function engine.discover_moved() is 'Trigger function: has Novu discover a bridge that moved.';

create or replace trigger sync_moved after update of bridge_url on notify.notification_bridge
for each row execute function engine.discover_moved();
