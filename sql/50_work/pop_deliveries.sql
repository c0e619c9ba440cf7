-- Takes messages from a lane's queue until about p_most deliveries are in hand (the last message may go beyond). One that is
-- marked alone is taken alone: when others are in hand already it is left where it is, for the next claim.
create or replace function engine.pop_deliveries(p_lane text, p_most integer) returns engine.delivery_key[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_message jsonb;
  v_keys engine.delivery_key[] := '{}';
begin
  while cardinality(v_keys) < p_most loop
    exit when cardinality(v_keys) > 0 and engine.next_is_alone(p_lane);
    select m.message into v_message from pgmq.pop(p_lane) as m;
    exit when not found;
    v_keys := v_keys || array(
      select ((v_message ->> 'enterprise_id')::uuid, (d ->> 0)::uuid, (d ->> 1)::integer)::engine.delivery_key
      from jsonb_array_elements(v_message -> 'deliveries') as d
    );
    exit when v_message ? 'alone';
  end loop;
  return v_keys;
end
$$;

alter function engine.pop_deliveries(text, integer) owner to notify_engine;
comment on function engine.pop_deliveries(text, integer) is 'Pops messages of a lane until about that many deliveries are in hand.';
