-- The targets that are known by name, with their limits and how they are: for logins that read all, to whom alone it is granted.
create or replace function engine.target_figures() returns table (
  target text,
  owner_enterprise_id uuid,
  is_paused boolean,
  open_until timestamptz,
  failure_count integer,
  last_verdict text,
  last_error text,
  failed_at timestamptz,
  tokens_per_second integer,
  burst integer,
  tokens_left integer
)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select
    t.target, o.enterprise_id, p.name is not null, s.open_until, coalesce(s.failure_count, 0), s.last_verdict, s.last_error,
    s.failed_at, l.tokens_per_second, l.burst,
    case
      when l.target is not null
        then floor(least(
          l.burst,
          coalesce(s.tokens, l.burst)
          + coalesce(extract(epoch from notify.now() - s.refilled_at), 0)::double precision * l.tokens_per_second
        ))::integer
    end
  from (
    select 'default' as target
    union
    select a.target from notify.notification_target as a
    union
    select a.target from notify.notification_target_state as a
    union
    select a.target from notify.notification_target_limit as a
  ) as t
  left join notify.notification_target as o on t.target = o.target
  left join notify.notification_target_state as s on t.target = s.target
  left join notify.notification_target_limit as l on t.target = l.target
  left join notify.notification_pause as p on p.kind = 'TARGET' and t.target = p.name
$$;

alter function engine.target_figures() owner to notify_engine;
grant execute on function engine.target_figures() to notify_analyst_all, notify_admin;
comment on function engine.target_figures() is 'The targets, with their limits and how they are: read it through notify.target_status.';
