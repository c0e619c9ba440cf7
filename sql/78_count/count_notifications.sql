-- The funnel of an enterprise's notifications of a span of time and of those that are named, counted from the rows themselves, with the
-- caller's rights: what the roll-up is made of, and what is not in it yet. A row a day, workflow, version, channel and drill; what was
-- never rendered has no channel. Tests don't count. Written to be inlined.
create or replace function notify.count_notifications(
  p_enterprise_id uuid, p_since timestamptz, p_until timestamptz, p_ids uuid[]
)
returns table (
  day date,
  workflow_key text,
  workflow_version integer,
  channel_type text,
  is_drill boolean,
  notification_count bigint,
  failed_notification_count bigint,
  warned_notification_count bigint,
  render_seconds double precision,
  last_rendered_at timestamptz,
  created_count bigint,
  sent_count bigint,
  failed_count bigint,
  retracted_count bigint,
  open_count bigint
)
language sql
stable
begin atomic
  select
    (n.created_at at time zone 'UTC')::date,
    n.workflow_key,
    coalesce(n.workflow_version, 0),
    coalesce(c.channel_type, ''),
    n.is_drill,
    count(*),
    count(*) filter (where n.notification_status = 'FAILED'),
    count(*) filter (where n.warnings is not null),
    coalesce(sum(n.render_seconds), 0)::double precision,
    max(n.rendered_at),
    coalesce(sum(d.recipient_count), 0)::bigint,
    coalesce(sum(d.sent_count), 0)::bigint,
    coalesce(sum(d.failed_count), 0)::bigint,
    coalesce(sum(d.retracted_count), 0)::bigint,
    coalesce(sum(d.open_count), 0)::bigint
  from (
    select
      o.enterprise_id,
      o.id,
      o.created_at,
      o.workflow_key,
      o.workflow_version,
      o.is_drill,
      o.rendered_channels,
      o.notification_status,
      o.warnings,
      o.render_seconds,
      o.rendered_at
    from notify.ent_notification as o
    where o.enterprise_id = p_enterprise_id and o.created_at >= p_since and o.created_at < p_until and not o.is_test
    union all
    select
      o.enterprise_id,
      o.id,
      o.created_at,
      o.workflow_key,
      o.workflow_version,
      o.is_drill,
      o.rendered_channels,
      o.notification_status,
      o.warnings,
      o.render_seconds,
      o.rendered_at
    from unnest(p_ids) as i (id)
    inner join notify.ent_notification as o on o.enterprise_id = p_enterprise_id and i.id = o.id
    where not o.is_test
  ) as n
  cross join
    lateral (
      select
        sum(w.recipient_count) as recipient_count,
        sum(w.recipient_count) filter (where w.delivery_status = 'SENT') as sent_count,
        sum(w.recipient_count) filter (where w.delivery_status = 'FAILED') as failed_count,
        sum(w.recipient_count) filter (where w.delivery_status = 'RETRACTED') as retracted_count,
        sum(w.recipient_count) filter (where w.delivery_status = 'OPEN') as open_count
      from notify.notification_delivery as w
      where w.enterprise_id = n.enterprise_id and w.notification_id = n.id
    ) as d
  left join lateral unnest(n.rendered_channels) as c (channel_type) on true
  group by 1, 2, 3, 4, 5;
end;

alter function notify.count_notifications(uuid, timestamptz, timestamptz, uuid[]) owner to notify_owner;
grant execute on function notify.count_notifications(uuid, timestamptz, timestamptz, uuid[]) to
notify_engine, notify_platform, notify_analyst, notify_analyst_all, notify_admin;
comment on function notify.count_notifications(uuid, timestamptz, timestamptz, uuid[]) is
'The funnel of an enterprise''s notifications that were created in a span of time or are named, from the rows themselves, which notify.notification_funnel does for you: select * from notify.count_notifications(''aaaaaaaa-0000-4000-8000-000000000001'', now() - interval ''1 hour'', now(), ''{}'').';
