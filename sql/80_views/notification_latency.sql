-- How long deliveries took that Novu accepted: by minute, lane and stage.
create or replace view notify.notification_latency with (security_invoker = true) as
select
  t.enterprise_id,
  t.minute,
  t.lane,
  s.stage,
  count(*) as delivery_count,
  percentile_disc(0.5) within group (order by s.seconds) as p50_seconds,
  percentile_disc(0.95) within group (order by s.seconds) as p95_seconds,
  percentile_disc(0.99) within group (order by s.seconds) as p99_seconds
from (
  select
    d.enterprise_id, date_trunc('minute', d.finished_at) as minute, d.lane, d.latency_ms, d.finished_at, n.rendered_at,
    greatest(n.created_at, n.scheduled_for) as since
  from notify.notification_delivery as d
  inner join notify.ent_notification as n on d.enterprise_id = n.enterprise_id and d.notification_id = n.id
  where d.delivery_status = 'SENT' and d.finished_at > notify.now() - interval '8 days'
) as t
cross join lateral (
  values
    ('wait', greatest(extract(epoch from t.rendered_at - t.since), 0)::double precision),
    ('post', t.latency_ms::double precision / 1000),
    ('total', greatest(extract(epoch from t.finished_at - t.since), 0)::double precision)
) as s (stage, seconds)
where s.seconds is not null
group by t.enterprise_id, t.minute, t.lane, s.stage;

alter view notify.notification_latency owner to notify_owner;
grant select on notify.notification_latency to notify_platform, notify_analyst, notify_analyst_all, notify_admin;
comment on view notify.notification_latency is 'How long deliveries took that Novu accepted in the last 8 days, a row an enterprise, minute, lane and stage.';
comment on column notify.notification_latency.enterprise_id is 'Whose they are; the nil UUID: all enterprises together, for a login that reaches all of them.';
comment on column notify.notification_latency.minute is 'The minute in which Novu accepted them.';
comment on column notify.notification_latency.lane is 'critical, normal or bulk.';
comment on column notify.notification_latency.stage is 'wait: from when it might go until a worker had it; post: until Novu answered, of the last attempt; total: from when it might go until Novu accepted it.';
comment on column notify.notification_latency.delivery_count is 'How many deliveries.';
comment on column notify.notification_latency.p50_seconds is 'Half of them were as fast or faster.';
comment on column notify.notification_latency.p95_seconds is '95 of 100 were as fast or faster.';
comment on column notify.notification_latency.p99_seconds is '99 of 100 were as fast or faster.';
