-- One admission at a time on a lane, until the transaction ends. A row's lock, not an advisory one: those any login may take.
create or replace function engine.lock_lane(p_lane text) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  perform from notify.notification_lane as l where l.lane = p_lane for update;
end
$$;

alter function engine.lock_lane(text) owner to notify_engine;
comment on function engine.lock_lane(text) is 'Takes the lock under which deliveries of a lane are admitted.';
