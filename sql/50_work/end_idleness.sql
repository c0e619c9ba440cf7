-- A worker that has got something to do on a lane is no longer idle on it.
create or replace function engine.end_idleness(p_worker text, p_lane text) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  update notify.notification_worker as w
  set idle_lanes = array_remove(w.idle_lanes, p_lane)
  where w.worker = split_part(p_worker, '/', 1) and p_lane = any(w.idle_lanes);
end
$$;

alter function engine.end_idleness(text, text) owner to notify_engine;
comment on function engine.end_idleness(text, text) is 'Notes that a worker is no longer idle on a lane.';
