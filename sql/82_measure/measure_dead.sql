-- Counts notifications that ended FAILED, by the lanes that they travelled in.
create or replace function engine.measure_dead(p_lanes text[]) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into notify.notification_measure as m (backend, lane, dead_count)
  select pg_backend_pid(), l.lane, count(*)
  from unnest(p_lanes) as l (lane)
  group by l.lane
  order by l.lane
  on conflict (backend, lane) do update set dead_count = m.dead_count + excluded.dead_count;
end
$$;

alter function engine.measure_dead(text[]) owner to notify_engine;
comment on function engine.measure_dead(text[]) is 'Counts notifications that ended FAILED, by lane.';
