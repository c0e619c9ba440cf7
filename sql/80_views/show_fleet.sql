-- The workers and the targets as `xnovu status` and the page /status show them.
create or replace function engine.show_fleet() returns jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select jsonb_build_object(
    'workers', coalesce(
      (
        select jsonb_agg(
          jsonb_build_object(
            'worker', w.worker, 'version', w.version, 'state', w.state, 'silentSeconds', extract(epoch from w.heartbeat_age),
            'underWay', w.in_flight_count,
            'orders', to_jsonb(
              array_remove(array[case when w.is_draining then 'drain' end], null)
              || array(select 'no ' || p.lane from unnest(w.paused_lanes) as p (lane))
            )
          )
          order by w.beaten_at desc, w.worker
        )
        from notify.worker_status as w
      ), '[]'
    ),
    'targets', (
      select jsonb_agg(
        jsonb_build_object(
          'target', t.target, 'breaker', t.breaker, 'failureCount', t.failure_count, 'verdict', t.last_verdict, 'tokensLeft', t.tokens_left
        )
        order by t.breaker = 'CLOSED', t.target
      )
      from notify.target_status as t
    )
  )
$$;

alter function engine.show_fleet() owner to notify_engine;
grant select on notify.worker_status, notify.target_status to notify_engine;
grant execute on function engine.show_fleet() to notify_analyst_all, notify_admin;
comment on function engine.show_fleet() is 'Workers and targets, for logins that read all.';
