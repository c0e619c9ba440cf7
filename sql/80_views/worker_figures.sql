-- The workers as they told of themselves, and their orders: for logins that read all, to whom alone it is granted.
create or replace function engine.worker_figures() returns table (
  worker text,
  version text,
  started_at timestamptz,
  beaten_at timestamptz,
  in_flight_count integer,
  idle_lanes text[],
  is_draining boolean,
  paused_lanes text[]
)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select
    w.worker, w.version, w.started_at, w.beaten_at, (w.facts ->> 'in_flight')::integer, w.idle_lanes, w.is_draining, w.paused_lanes
  from notify.notification_worker as w
$$;

alter function engine.worker_figures() owner to notify_engine;
grant execute on function engine.worker_figures() to notify_analyst_all, notify_admin;
comment on function engine.worker_figures() is 'The workers as they told of themselves: read it through notify.worker_status.';
