-- Counts what became of polls, from their lanes and outcomes: for the metrics.
create or replace function engine.measure_polls(p_lanes text[], p_outcomes text[]) returns void
language sql
volatile
set search_path = pg_catalog, pg_temp
as $$
  insert into notify.notification_measure as m (
    backend, lane, answered_poll_count, retried_poll_count, dropped_poll_count
  )
  select
    pg_backend_pid(), p.lane, count(*) filter (where p.outcome = 'DONE'), count(*) filter (where p.outcome = 'RETRY'),
    count(*) filter (where p.outcome = 'FAILED')
  from rows from (unnest(p_lanes), unnest(p_outcomes)) as p (lane, outcome)
  group by p.lane
  order by p.lane
  on conflict (backend, lane) do update set
    answered_poll_count = m.answered_poll_count + excluded.answered_poll_count,
    retried_poll_count = m.retried_poll_count + excluded.retried_poll_count,
    dropped_poll_count = m.dropped_poll_count + excluded.dropped_poll_count
$$;

alter function engine.measure_polls(text[], text[]) owner to notify_engine;
comment on function engine.measure_polls(text[], text[]) is 'Counts what became of polls.';
