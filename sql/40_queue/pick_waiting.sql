-- Locks and returns what is due of these enterprises on a lane, the oldest of each first. What somebody else has locked is skipped. Put
-- together with the lane in it, since each lane has an index of its own.
create or replace function engine.pick_waiting(p_lane text, p_enterprises uuid[], p_each integer)
returns engine.delivery_key[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_keys engine.delivery_key[];
begin
  execute format(
    $query$
    select array_agg((d.enterprise_id, d.notification_id, d.number)::engine.delivery_key)
    from unnest($1) as e (enterprise_id)
    cross join lateral (
      select w.enterprise_id, w.notification_id, w.number
      from notify.notification_delivery as w
      where w.lane = %L and w.enterprise_id = e.enterprise_id and w.due_at <= $3
      order by w.due_at
      limit $2
      for update skip locked
    ) as d
    $query$,
    p_lane
  )
  into v_keys
  using p_enterprises, p_each, notify.now();
  return coalesce(v_keys, '{}');
end
$$;

alter function engine.pick_waiting(text, uuid[], integer) owner to notify_engine;
comment on function engine.pick_waiting(text, uuid[], integer) is
'Locks what is due of these enterprises on a lane, up to that many of each, and returns it.';
