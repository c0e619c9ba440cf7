-- Finds work on a lane: from its queue, or, when that is empty, after admitting what waits in the table. One caller admits at a
-- time; another that finds the queue empty waits for it and then looks again.
create or replace function engine.take_deliveries(p_lane text, p_most integer) returns engine.delivery_key[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_keys engine.delivery_key[] := engine.pop_deliveries(p_lane, p_most);
begin
  if cardinality(v_keys) = 0 then
    perform engine.lock_lane(p_lane);
    v_keys := engine.pop_deliveries(p_lane, p_most);
    if cardinality(v_keys) = 0 and engine.admit(p_lane) > 0 then
      v_keys := engine.pop_deliveries(p_lane, p_most);
    end if;
  end if;
  return v_keys;
end
$$;

alter function engine.take_deliveries(text, integer) owner to notify_engine;
comment on function engine.take_deliveries(text, integer) is 'Takes up to about that many deliveries of a lane, admitting what waits if need be.';
