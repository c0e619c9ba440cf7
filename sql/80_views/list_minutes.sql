-- For each lane the minutes of the last hour in which Novu accepted deliveries, as a JSON list: of all enterprises together (null) as the tick
-- adds them up, of some from the deliveries of what was inserted in that hour or scheduled for it, each by its index: not of what took longer.
create or replace function notify.list_minutes(p_enterprises uuid[]) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_since timestamptz := date_trunc('minute', notify.now()) - interval '1 hour';
begin
  if p_enterprises is null then
    return (
      select coalesce(
        jsonb_agg(
          jsonb_build_object(
            'at', l.minute, 'lane', l.lane, 'sent', l.delivery_count, 'p50', l.p50_seconds, 'p95', l.p95_seconds, 'p99', l.p99_seconds
          )
          order by l.minute, l.lane
        ), '[]'
      )
      from notify.notification_latency as l
      where
        l.enterprise_id = '00000000-0000-0000-0000-000000000000'
        and l.stage = 'total'
        and l.minute >= v_since
    );
  end if;
  return (
    select coalesce(jsonb_agg(to_jsonb(m) order by m.at, m.lane), '[]')
    from (
      select
        date_trunc('minute', d.finished_at) as at,
        d.lane,
        count(*) as sent,
        percentile_disc(0.5) within group (order by s.seconds) as p50,
        percentile_disc(0.95) within group (order by s.seconds) as p95,
        percentile_disc(0.99) within group (order by s.seconds) as p99
      from (
        select o.enterprise_id, o.id, o.created_at, o.scheduled_for
        from notify.ent_notification as o
        where o.enterprise_id = any(p_enterprises) and o.created_at >= v_since
        union all
        select o.enterprise_id, o.id, o.created_at, o.scheduled_for
        from notify.ent_notification as o
        where o.enterprise_id = any(p_enterprises) and o.scheduled_for >= v_since and o.created_at < v_since
      ) as n
      inner join notify.notification_delivery as d on n.enterprise_id = d.enterprise_id and n.id = d.notification_id
      cross join lateral (
        select greatest(extract(epoch from d.finished_at - greatest(n.created_at, n.scheduled_for)), 0)::double precision as seconds
      ) as s
      where d.delivery_status = 'SENT'
      group by date_trunc('minute', d.finished_at), d.lane
    ) as m
  );
end
$$;

alter function notify.list_minutes(uuid[]) owner to notify_owner;
grant select on notify.notification_latency to notify_engine;
grant execute on function notify.list_minutes(uuid[]) to
notify_engine, notify_platform, notify_analyst, notify_analyst_all, notify_admin;
comment on function notify.list_minutes(uuid[]) is 'The last hour''s deliveries that Novu accepted, by minute and lane, as JSON, as by select notify.list_minutes(array[notify.current_enterprise_id()]); for other times read notify.notification_latency.';
