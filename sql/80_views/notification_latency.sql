-- How long deliveries took that Novu accepted: by minute, lane and stage. Of all enterprises together from buckets of which each is a quarter
-- longer than the one before (a percentile is the middle of its bucket), as the tick adds them up; of an enterprise, from its deliveries.
create or replace view notify.notification_latency with (security_invoker = true) as
with appended as ( -- what the tick has not added up yet, of a few seconds
  select
    l.enterprise_id,
    l.minute,
    l.lane,
    l.stage,
    l.bucket,
    l.delivery_count
  from notify.notification_latency_count as l
  where not l.is_total
),

changed as (
  select distinct
    a.enterprise_id,
    a.minute,
    a.lane,
    a.stage
  from appended as a
),

added as (
  select
    c.enterprise_id,
    c.minute,
    c.lane,
    c.stage,
    c.bucket,
    sum(c.delivery_count) over (partition by c.enterprise_id, c.minute, c.lane, c.stage order by c.bucket) as sum_count,
    sum(c.delivery_count) over (partition by c.enterprise_id, c.minute, c.lane, c.stage) as all_count
  from (
    select a.* from appended as a
    union all
    select
      l.enterprise_id,
      l.minute,
      l.lane,
      l.stage,
      l.bucket,
      l.delivery_count
    from changed as h
    inner join notify.notification_latency_count as l
      on h.enterprise_id = l.enterprise_id and h.minute = l.minute and h.lane = l.lane and h.stage = l.stage
    where l.is_total
  ) as c
)

select
  t.enterprise_id,
  t.minute,
  t.lane,
  t.stage,
  t.delivery_count,
  0.001 * power(1.25::double precision, greatest(t.p50_bucket - 0.5, 0)) as p50_seconds,
  0.001 * power(1.25::double precision, greatest(t.p95_bucket - 0.5, 0)) as p95_seconds,
  0.001 * power(1.25::double precision, greatest(t.p99_bucket - 0.5, 0)) as p99_seconds
from (
  select
    m.enterprise_id,
    m.minute,
    m.lane,
    m.stage,
    m.delivery_count,
    m.p50_bucket,
    m.p95_bucket,
    m.p99_bucket
  from notify.notification_latency_minute as m
  where
    not exists (
      select
      from changed as h
      where h.enterprise_id = m.enterprise_id and h.minute = m.minute and h.lane = m.lane and h.stage = m.stage
    )
  union all
  select
    a.enterprise_id,
    a.minute,
    a.lane,
    a.stage,
    max(a.sum_count)::bigint,
    min(a.bucket) filter (where a.sum_count >= 0.5 * a.all_count),
    min(a.bucket) filter (where a.sum_count >= 0.95 * a.all_count),
    min(a.bucket) filter (where a.sum_count >= 0.99 * a.all_count)
  from added as a
  group by a.enterprise_id, a.minute, a.lane, a.stage
) as t
union all
-- an enterprise's own
select
  d.enterprise_id,
  date_trunc('minute', d.finished_at),
  d.lane,
  s.stage,
  count(*),
  percentile_disc(0.5) within group (order by s.seconds),
  percentile_disc(0.95) within group (order by s.seconds),
  percentile_disc(0.99) within group (order by s.seconds)
from notify.ent_notification as n
cross join
  lateral (
    select
      w.enterprise_id,
      w.lane,
      w.finished_at,
      w.latency_ms
    from notify.notification_delivery as w
    where w.enterprise_id = n.enterprise_id and w.notification_id = n.id and w.delivery_status = 'SENT'
  ) as d
cross join
  lateral (
    values
    -- after a replay, what was sent before was not rendered then
    (
      'wait',
      case
        when n.rendered_at <= d.finished_at
          then extract(epoch from n.rendered_at - greatest(n.created_at, n.scheduled_for))
      end::double precision
    ),
    ('post', d.latency_ms::double precision / 1000),
    ('total', extract(epoch from d.finished_at - greatest(n.created_at, n.scheduled_for))::double precision)
  ) as s (stage, seconds)
where n.created_at > notify.now() - interval '8 days' and s.seconds is not null
group by d.enterprise_id, date_trunc('minute', d.finished_at), d.lane, s.stage;

alter view notify.notification_latency owner to notify_owner;
grant select on notify.notification_latency to notify_platform, notify_analyst, notify_analyst_all, notify_admin;
comment on view notify.notification_latency is 'How long deliveries took that Novu accepted, of notifications of the last 8 days: a row an enterprise, minute, lane and stage. Name an enterprise; or the nil UUID for all together, where you reach all.';
comment on column notify.notification_latency.enterprise_id is 'Whose they are; the nil UUID: all enterprises together, for a login that reaches all of them and has no context.';
comment on column notify.notification_latency.minute is 'The minute in which Novu accepted them.';
comment on column notify.notification_latency.lane is 'critical, normal or bulk.';
comment on column notify.notification_latency.stage is 'wait: from when it might go until it was rendered (of all together: for the attempt that was accepted); post: how long Novu took to answer that attempt; total: from when it might go until Novu''s acceptance was on record.';
comment on column notify.notification_latency.delivery_count is 'How many deliveries.';
comment on column notify.notification_latency.p50_seconds is 'Half of them were as fast or faster. Exact for an enterprise; of all together off by at most 12 %, and 0.001 for all that is faster.';
comment on column notify.notification_latency.p95_seconds is '95 of 100 were as fast or faster; of all together off by at most 12 %.';
comment on column notify.notification_latency.p99_seconds is '99 of 100 were as fast or faster; of all together off by at most 12 %.';
