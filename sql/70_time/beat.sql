-- A worker says that it lives and on which lanes it is idle, and gets its orders. It does so each second, for an order is to be obeyed
-- within one; what it said is written when it is idle on other lanes, and every few seconds. Rows of workers long gone are dropped.
create or replace function worker_v1.beat(p_worker text, p_facts jsonb) returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_now timestamptz := notify.now();
  v_idle text[] := array(select jsonb_array_elements_text(coalesce(p_facts -> 'idle', '[]')));
  v_orders jsonb;
begin
  select jsonb_build_object('drain', w.is_draining, 'paused_lanes', w.paused_lanes) into v_orders
  from notify.notification_worker as w
  where w.worker = p_worker and w.idle_lanes = v_idle and w.beaten_at between v_now - interval '4 seconds' and v_now;
  if found then
    return v_orders;
  end if;
  insert into notify.notification_worker as w (worker, version, started_at, beaten_at, idle_lanes, facts)
  values (p_worker, p_facts ->> 'version', v_now, v_now, v_idle, p_facts - 'idle' - 'version')
  on conflict (worker) do update set
    version = excluded.version,
    beaten_at = excluded.beaten_at,
    idle_lanes = excluded.idle_lanes,
    facts = excluded.facts
  returning jsonb_build_object('drain', w.is_draining, 'paused_lanes', w.paused_lanes) into v_orders;
  delete from notify.notification_worker as w where w.beaten_at < v_now - interval '1 day';
  return v_orders;
end
$$;

alter function worker_v1.beat(text, jsonb) owner to notify_engine;
grant execute on function worker_v1.beat(text, jsonb) to notify_worker;
comment on function worker_v1.beat(text, jsonb) is
'Tells that a worker lives: facts {"version", "idle": [lanes], …}. Returns its orders: {"drain": boolean, "paused_lanes": [lanes]}.';
