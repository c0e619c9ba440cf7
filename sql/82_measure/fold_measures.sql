-- Adds up what backends counted that ended, under backend 0, so that the rows stay few. What a new backend of the same process id changes at
-- this moment is left to the next time. Called by the tick once a minute.
create or replace function engine.fold_measures() returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_measure notify.notification_measure;
  v_count integer := 0;
begin
  for v_measure in
    select m.*
    from notify.notification_measure as m
    where m.backend <> 0 and not exists (select from pg_stat_activity as a where a.pid = m.backend)
    order by m.backend, m.lane
    for update skip locked
  loop
    delete from notify.notification_measure as m where m.backend = v_measure.backend and m.lane = v_measure.lane;
    v_measure.backend := 0;
    perform engine.add_measures(v_measure);
    v_count := v_count + 1;
  end loop;
  return v_count;
end
$$;

alter function engine.fold_measures() owner to notify_engine;
comment on function engine.fold_measures() is 'Adds up what backends counted that ended; returns how many rows.';
