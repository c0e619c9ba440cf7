-- What should have moved by now, of the enterprises that the caller's login reaches: claims whose lease ran out, messages that wait in a
-- queue, and deliveries that wait in the table longer than their lane's patience. Owned by the engine, which alone may look into claims
-- and queues; narrows by the login's reach itself.
create or replace function engine.stuck_deliveries() returns table (
  enterprise_id uuid,
  lane text,
  state text,
  delivery_count bigint,
  since timestamptz,
  example_id uuid,
  worker text,
  leased_until timestamptz
)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
  with lane as materialized (
    select l.lane, notify.now() - l.patience as overdue_before
    from (values ('critical', interval '10 s'), ('normal', interval '60 s'), ('bulk', interval '600 s')) as l (lane, patience)
  ),
  queued as (
    select 'critical' as lane, q.message, q.enqueued_at from pgmq.q_critical as q
    union all
    select 'normal', q.message, q.enqueued_at from pgmq.q_normal as q
    union all
    select 'bulk', q.message, q.enqueued_at from pgmq.q_bulk as q
  )
  select
    k.enterprise_id, c.lane, 'CLAIMED', count(*), min(c.claimed_at), (array_agg(k.notification_id order by c.claimed_at))[1], c.worker,
    min(c.leased_until)
  from notify.notification_claim as c
  cross join lateral unnest(c.keys) as k
  inner join notify.notification_delivery as d
    on k.enterprise_id = d.enterprise_id and k.notification_id = d.notification_id and k.number = d.number
  where
    (c.leased_until < notify.now() or c.claimed_at < notify.now() - interval '10 minutes')
    and d.claim_id = c.claim_id
    and k.enterprise_id = any(array(select engine.counted_enterprises()))
  group by k.enterprise_id, c.lane, c.worker
  union all
  select
    (q.message ->> 'enterprise_id')::uuid, q.lane, 'QUEUED', sum(jsonb_array_length(q.message -> 'deliveries')), min(q.enqueued_at),
    (array_agg((q.message #>> '{deliveries,0,0}')::uuid order by q.enqueued_at))[1], null, null
  from queued as q
  inner join lane as l on q.lane = l.lane
  where q.enqueued_at < l.overdue_before and (q.message ->> 'enterprise_id')::uuid = any(array(select engine.counted_enterprises()))
  group by q.message ->> 'enterprise_id', q.lane
  union all
  select
    d.enterprise_id, d.lane, case when d.due_at = engine.paused_until() then 'PAUSED' else 'WAITING' end, count(*), min(d.due_at),
    (array_agg(d.notification_id order by d.due_at))[1], null, null
  from notify.notification_delivery as d
  inner join lane as l on d.lane = l.lane
  where
    (d.lane = 'critical' or d.lane = 'normal' or d.lane = 'bulk') -- each has an index of its own
    and d.due_at is not null
    and (d.due_at < l.overdue_before or d.due_at = engine.paused_until())
    and d.enterprise_id = any(array(select engine.counted_enterprises()))
  group by d.enterprise_id, d.lane, 3
$$;

alter function engine.stuck_deliveries() owner to notify_engine;
grant execute on function engine.stuck_deliveries() to notify_platform,
notify_analyst,
notify_analyst_all,
notify_admin;
comment on function engine.stuck_deliveries() is 'What should have moved by now: read it through notify.notification_stuck.';
