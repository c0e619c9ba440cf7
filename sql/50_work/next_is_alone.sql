-- Whether the next message of a lane's queue is marked alone. It stays locked, so that the pop that follows takes no other.
create or replace function engine.next_is_alone(p_lane text) returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_alone boolean;
begin
  execute format(
    'select message ? ''alone'' from pgmq.%I where vt <= clock_timestamp() order by msg_id limit 1 for update skip locked',
    'q_' || p_lane
  )
  into v_alone;
  return coalesce(v_alone, false);
end
$$;

alter function engine.next_is_alone(text) owner to notify_engine;
comment on function engine.next_is_alone(text) is 'Whether the next message of a lane''s queue is to be taken alone.';
