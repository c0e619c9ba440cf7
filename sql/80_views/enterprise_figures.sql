-- How much each enterprise has under way and how much of its limits is left, of those that the caller's login reaches. Owned by the engine,
-- since limits are an admin's tables and queues the engine's; narrows by the login's reach itself.
create or replace function engine.enterprise_figures() returns table (
  enterprise_id uuid,
  target text,
  is_paused boolean,
  waiting_count bigint,
  queued_count bigint,
  claimed_count bigint,
  oldest_due_at timestamptz,
  recipients_per_minute integer,
  recipient_burst integer,
  recipients_left double precision,
  requests_per_second real,
  request_burst integer,
  requests_left double precision
)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
  with enterprise as materialized (
    select e.enterprise_id from engine.counted_enterprises() as e (enterprise_id)
  ),
  waiting as (
    select d.enterprise_id, count(*) as waiting_count, min(d.due_at) as oldest_due_at
    from notify.notification_delivery as d
    where
      (d.lane = 'critical' or d.lane = 'normal' or d.lane = 'bulk')
      and d.due_at <= notify.now()
      and d.enterprise_id = any(array(select e.enterprise_id from enterprise as e))
    group by d.enterprise_id
  ),
  queued as (
    select (q.message ->> 'enterprise_id')::uuid as enterprise_id, sum(jsonb_array_length(q.message -> 'deliveries')) as queued_count
    from (
      select c.message from pgmq.q_critical as c
      union all
      select n.message from pgmq.q_normal as n
      union all
      select b.message from pgmq.q_bulk as b
    ) as q
    group by q.message ->> 'enterprise_id'
  ),
  claimed as (
    select k.enterprise_id, count(*) as claimed_count
    from notify.notification_claim as c
    cross join lateral unnest(c.keys) as k
    inner join notify.notification_delivery as d
      on k.enterprise_id = d.enterprise_id and k.notification_id = d.notification_id and k.number = d.number
    where d.claim_id = c.claim_id
    group by k.enterprise_id
  )
  select
    e.enterprise_id, coalesce(t.target, 'default'), p.kind is not null, coalesce(w.waiting_count, 0), coalesce(q.queued_count, 0),
    coalesce(c.claimed_count, 0), w.oldest_due_at, l.recipients_per_minute, l.burst, engine.allowance(e.enterprise_id),
    a.requests_per_second, a.burst, a.tokens_left
  from enterprise as e
  left join notify.notification_target as t on e.enterprise_id = t.enterprise_id
  left join notify.notification_pause as p on e.enterprise_id = p.enterprise_id and p.kind = 'ENTERPRISE'
  left join waiting as w on e.enterprise_id = w.enterprise_id
  left join queued as q on e.enterprise_id = q.enterprise_id
  left join claimed as c on e.enterprise_id = c.enterprise_id
  left join notify.notification_enterprise_limit as l on e.enterprise_id = l.enterprise_id
  left join lateral (
    -- the API key that has the smallest part of its limit left
    select b.requests_per_second, b.burst, engine.tokens_now(s.tokens, s.refilled_at, b.burst, b.requests_per_second) as tokens_left
    from (
      select u.key_id, u.tokens, u.refilled_at from notify.notification_api_key_state as u where u.enterprise_id = e.enterprise_id
      union all
      select '00000000-0000-0000-0000-000000000000', 'infinity', notify.now() -- none was used: its limit is still of interest
    ) as s
    cross join lateral (
      select o.*
      from notify.notification_api_limit as o
      where
        o.enterprise_id in (e.enterprise_id, '00000000-0000-0000-0000-000000000000')
        and o.key_id in (s.key_id, '00000000-0000-0000-0000-000000000000')
      order by (o.enterprise_id = e.enterprise_id) desc, (o.key_id = s.key_id) desc
      limit 1
    ) as b
    order by engine.tokens_now(s.tokens, s.refilled_at, b.burst, b.requests_per_second) / b.burst
    limit 1
  ) as a on true
$$;

alter function engine.enterprise_figures() owner to notify_engine;
grant execute on function engine.enterprise_figures() to notify_platform,
notify_analyst,
notify_analyst_all,
notify_admin;
comment on function engine.enterprise_figures() is 'What enterprises have under way, and what is left of their limits: read it through notify.enterprise_status.';
