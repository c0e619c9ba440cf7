-- A worker says that it lives and on which lanes it is idle, and gets its orders. Rows of workers long gone are dropped.
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
