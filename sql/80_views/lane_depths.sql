-- What waits in each lane, of the enterprises that the caller's login reaches. Owned by the engine, which alone may look into the
-- queues; narrows by the login's reach itself, since the engine's policies let everything through.
create or replace function engine.lane_depths() returns table (
  lane text,
  waiting_count bigint,
  scheduled_count bigint,
  queued_count bigint,
  claimed_count bigint,
  oldest_due_at timestamptz
)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
  with reach as materialized (
    select
      a.is_all as all_of_them,
      case when a.is_all then array(select engine.all_enterprises()) else notify.reachable_enterprises() end as enterprises
    from (select notify.reaches_all() as is_all) as a
  ),
  queued as (
    select 'critical' as lane, q.message, q.enqueued_at from pgmq.q_critical as q
    union all
    select 'normal', q.message, q.enqueued_at from pgmq.q_normal as q
    union all
    select 'bulk', q.message, q.enqueued_at from pgmq.q_bulk as q
  ),
  part as (
    select
      d.lane,
      count(*) filter (where d.due_at <= notify.now()) as waiting,
      count(*) filter (where d.due_at > notify.now()) as scheduled,
      0::bigint as queued,
      0::bigint as claimed,
      min(d.due_at) filter (where d.due_at <= notify.now()) as oldest
    from notify.notification_delivery as d
    where
      -- each lane has an index of its own, led by the enterprise
      (d.lane = 'critical' or d.lane = 'normal' or d.lane = 'bulk')
      and d.due_at is not null
      and d.enterprise_id = any((select r.enterprises from reach as r)::uuid[])
    group by d.lane
    union all
    select q.lane, 0, 0, sum(jsonb_array_length(q.message -> 'deliveries')), 0, min(q.enqueued_at)
    from queued as q
    cross join reach as r
    where r.all_of_them or (q.message ->> 'enterprise_id')::uuid = any(r.enterprises)
    group by q.lane
    union all
    select c.lane, 0, 0, 0, count(*), min(c.claimed_at)
    from notify.notification_claim as c
    cross join reach as r
    cross join lateral unnest(c.keys) as k
    inner join notify.notification_delivery as d
      on k.enterprise_id = d.enterprise_id and k.notification_id = d.notification_id and k.number = d.number
    where d.claim_id = c.claim_id and (r.all_of_them or k.enterprise_id = any(r.enterprises))
    group by c.lane
  )
  select
    l.lane,
    coalesce(sum(p.waiting), 0)::bigint,
    coalesce(sum(p.scheduled), 0)::bigint,
    coalesce(sum(p.queued), 0)::bigint,
    coalesce(sum(p.claimed), 0)::bigint,
    min(p.oldest)
  from unnest(array['critical', 'normal', 'bulk']) with ordinality as l (lane, place)
  left join part as p on l.lane = p.lane
  group by l.lane, l.place
  order by l.place
$$;

alter function engine.lane_depths() owner to notify_engine;
grant execute on function engine.lane_depths() to notify_platform, notify_analyst, notify_analyst_all, notify_admin;
comment on function engine.lane_depths() is 'What waits in each lane, of the enterprises that the login reaches: read it through notify.lane_status.';
