-- What is looked at for /api/health: a row a thing, with its figure, above which that is a warning, above which a failure, and what else is
-- to say of it; no figure: nothing is known. The patience with each lane is the doctor's. No text of Novu's: it might speak of an enterprise. p_release: the checksum
-- of each file of the face's own release by path, and its newest revision as "revision".
create or replace function engine.list_checks(p_release jsonb) returns table (
  place integer,
  name text,
  figure double precision,
  unit text,
  warn_above double precision,
  fail_above double precision,
  note text
)
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select
    1 as place, 'database' as name, c.used as figure, 'connections in use' as unit, 0.8 * c.most as warn_above, 0.95 * c.most as fail_above,
    format('of %s', c.most) as note
  from (
    select
      count(*)::double precision as used,
      current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer as most
    from pg_stat_activity as a
    where a.datid is not null -- what else is of a session of somebody else's, PostgreSQL doesn't show
  ) as c
  union all
  select
    1 + p.place, 'queue ' || p.lane, l.oldest_seconds, 'seconds that the oldest waits', p.warn_above, p.fail_above,
    format('%s due', l.waiting + l.queued + l.claimed)
  from (values (1, 'critical', 10, 60), (2, 'normal', 60, 600), (3, 'bulk', 600, 'infinity'::double precision))
    as p (place, lane, warn_above, fail_above)
  inner join engine.lane_figures() as l on p.lane = l.lane
  union all
  select
    5, 'workers', coalesce(extract(epoch from notify.now() - max(w.beaten_at)), 86400)::double precision,
    'seconds since the last sign of life', 30, 60,
    format('%s gave one in the last minute', count(*) filter (where w.beaten_at > notify.now() - interval '1 minute'))
  from notify.notification_worker as w
  union all
  select
    6, 'tick', extract(epoch from notify.now() - greatest(t.ticked_at, notify.now() - interval '1 day'))::double precision,
    'seconds since time was looked after', 30, 300, null
  from notify.notification_tick as t
  union all
  select
    7, 'roll-ups',
    extract(epoch from notify.now() - greatest(t.counted_at, notify.now() - interval '1 day'))::double precision,
    'seconds since the views'' roll-ups were up to date', 60, 'infinity'::double precision,
    case when t.count_failure is not null then 'an error keeps them from it' end
  from notify.notification_tick as t
  union all
  select
    8, 'novu',
    case -- a target that was never asked is neither well nor not
      when count(*) = count(p.reported_at)
        then extract(epoch from notify.now() - min(coalesce(p.answered_at, p.created_at)))::double precision
    end,
    'seconds since every target has answered', case when bool_or(p.failure_count > 0) then 0 else 180 end,
    case when bool_or(p.target = 'default' and p.failure_count >= 3) then 0 else 'infinity'::double precision end,
    case
      when count(p.reported_at) < count(*) or count(*) = 0 then 'not asked yet'
      else format(
        'the default target: %s; %s of %s do not answer',
        max(coalesce('HTTP ' || p.http_status, p.error_kind)) filter (where p.target = 'default'),
        count(*) filter (where p.failure_count > 0), count(*)
      )
    end
  from notify.notification_probe as p
  union all
  select
    9, 'breaker', count(*)::double precision, 'targets held back', 0,
    case when bool_or(s.target = 'default' and s.last_verdict in ('STOP', 'AWAY')) then 0 else 'infinity'::double precision end,
    case when bool_or(s.target = 'default') then 'the default target: ' || lower(max(s.last_verdict) filter (where s.target = 'default')) end
  from notify.notification_target_state as s
  where s.open_until > notify.now()
  union all
  select
    10, 'bridge', count(*) filter (where not b.is_in_step)::double precision, 'targets that have not discovered what is published', 0,
    'infinity'::double precision, format('%s targets in bridge mode', count(*))
  from notify.notification_bridge as b
  union all
  select
    11, 'migration', count(*)::double precision, 'parts that differ from this release', 0, 0,
    format('revision %s', (select string_agg(v.version_num, ' ') from notify.alembic_version as v))
  from jsonb_each_text(p_release) as r
  where
    r.value is distinct from case r.key
      when 'revision' then (select string_agg(v.version_num, ' ') from notify.alembic_version as v)
      else (select f.sha256 from notify.migration_file as f where f.path = r.key)
    end
$$;

alter function engine.list_checks(jsonb) owner to notify_engine;
grant select on notify.migration_file, notify.alembic_version to notify_engine;
comment on function engine.list_checks(jsonb) is 'What is looked at for /api/health, with its figure and what is too much of it.';
