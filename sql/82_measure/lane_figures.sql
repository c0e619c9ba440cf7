-- Depth and oldest age of each lane, of everybody: what waits by the lane's own index alone (the table is never scanned), what is queued by
-- the short queue, what is claimed by the claims.
create or replace function engine.lane_figures() returns table (
  lane text,
  waiting bigint,
  scheduled bigint,
  queued bigint,
  claimed bigint,
  oldest_seconds double precision
)
language sql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_bitmapscan = off
set jit = off
as $$
  with part as (
    select
      'critical' as lane, count(*) filter (where d.due_at <= notify.now()) as waiting, count(*) as unclaimed, 0::bigint as queued,
      0::bigint as claimed, min(d.due_at) as oldest
    from notify.notification_delivery as d
    where d.lane = 'critical' and d.due_at is not null
    union all
    select 'normal', count(*) filter (where d.due_at <= notify.now()), count(*), 0, 0, min(d.due_at)
    from notify.notification_delivery as d
    where d.lane = 'normal' and d.due_at is not null
    union all
    select 'bulk', count(*) filter (where d.due_at <= notify.now()), count(*), 0, 0, min(d.due_at)
    from notify.notification_delivery as d
    where d.lane = 'bulk' and d.due_at is not null
    union all
    select 'critical', 0, 0, sum(jsonb_array_length(q.message -> 'deliveries')), 0, min(q.enqueued_at)
    from pgmq.q_critical as q
    union all
    select 'normal', 0, 0, sum(jsonb_array_length(q.message -> 'deliveries')), 0, min(q.enqueued_at)
    from pgmq.q_normal as q
    union all
    select 'bulk', 0, 0, sum(jsonb_array_length(q.message -> 'deliveries')), 0, min(q.enqueued_at)
    from pgmq.q_bulk as q
    union all
    select c.lane, 0, 0, 0, sum(c.open_count), min(c.claimed_at)
    from notify.notification_claim as c
    group by c.lane
  )
  select
    p.lane, sum(p.waiting)::bigint, (sum(p.unclaimed) - sum(p.waiting))::bigint, coalesce(sum(p.queued), 0)::bigint,
    coalesce(sum(p.claimed), 0)::bigint,
    greatest(extract(epoch from notify.now() - min(p.oldest)), 0)::double precision
  from part as p
  group by p.lane
  order by array_position(array['critical', 'normal', 'bulk'], p.lane)
$$;

alter function engine.lane_figures() owner to notify_engine;
comment on function engine.lane_figures() is 'Depth and oldest age in seconds of each lane, of everybody.';
