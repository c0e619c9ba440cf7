-- Adds the notifications of a span of time but p_without, and those of p_with, to the roll-up of their days: all of it as one snapshot sees it.
create or replace function engine.add_daily(
  p_enterprise_id uuid,
  p_since timestamptz,
  p_until timestamptz,
  p_without uuid[],
  p_with uuid[]
) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into notify.notification_daily as d
  select
    p_enterprise_id, t.day, t.workflow_key, t.workflow_version, t.channel_type, t.is_drill,
    sum(t.sign * t.notification_count)::bigint as notification_count,
    sum(t.sign * t.failed_notification_count)::bigint as failed_notification_count,
    sum(t.sign * t.warned_notification_count)::bigint as warned_notification_count,
    sum(t.sign * t.render_seconds) as render_seconds,
    max(t.last_rendered_at) filter (where t.sign > 0) as last_rendered_at,
    sum(t.sign * t.created_count)::bigint as created_count,
    sum(t.sign * t.sent_count)::bigint as sent_count,
    sum(t.sign * t.failed_count)::bigint as failed_count,
    sum(t.sign * t.retracted_count)::bigint as retracted_count,
    sum(t.sign * t.open_count)::bigint as open_count
  from (
    select c.*, 1 as sign
    from notify.count_notifications(p_enterprise_id, p_since, p_until, p_with) as c
    union all
    select c.*, -1
    from notify.count_notifications(p_enterprise_id, 'infinity', 'infinity', p_without) as c
  ) as t
  group by t.day, t.workflow_key, t.workflow_version, t.channel_type, t.is_drill
  having sum(t.sign * t.notification_count) <> 0
  on conflict (enterprise_id, day, workflow_key, workflow_version, channel_type, is_drill) do update set
    notification_count = d.notification_count + excluded.notification_count,
    failed_notification_count = d.failed_notification_count + excluded.failed_notification_count,
    warned_notification_count = d.warned_notification_count + excluded.warned_notification_count,
    render_seconds = d.render_seconds + excluded.render_seconds,
    last_rendered_at = greatest(d.last_rendered_at, excluded.last_rendered_at),
    created_count = d.created_count + excluded.created_count,
    sent_count = d.sent_count + excluded.sent_count,
    failed_count = d.failed_count + excluded.failed_count,
    retracted_count = d.retracted_count + excluded.retracted_count,
    open_count = d.open_count + excluded.open_count;
end
$$;

alter function engine.add_daily(uuid, timestamptz, timestamptz, uuid[], uuid[]) owner to notify_engine;
comment on function engine.add_daily(uuid, timestamptz, timestamptz, uuid[], uuid[]) is 'Adds notifications to the roll-up of their days.';
