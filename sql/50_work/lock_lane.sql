-- One admission at a time on a lane, until the transaction ends.
create or replace function engine.lock_lane(p_lane text) returns void
language sql
volatile
set search_path = pg_catalog, pg_temp
as $$
  select pg_advisory_xact_lock(1482640949, array_position(array['critical', 'normal', 'bulk'], p_lane))
$$;

alter function engine.lock_lane(text) owner to notify_engine;
comment on function engine.lock_lane(text) is 'Takes the advisory lock under which deliveries of a lane are admitted.';
