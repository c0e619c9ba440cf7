-- How things are going, in one object: what `xnovu status` and the page /status show, of what the login reaches. Workers and targets are in it
-- for who reaches all. What failed in the last hour is found by its own index.
create or replace function notify.read_status() returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_status jsonb := jsonb_build_object(
    'at', notify.now(),
    'enterpriseId', notify.current_enterprise_id(),
    'lanes', (
      select jsonb_agg(
        jsonb_build_object(
          'lane', l.lane, 'waiting', l.waiting_count, 'scheduled', l.scheduled_count, 'queued', l.queued_count,
          'claimed', l.claimed_count, 'oldestSeconds', extract(epoch from l.oldest_age)
        )
      )
      from notify.lane_status as l
    ),
    'minutes', notify.list_minutes(
      case when not notify.reaches_all() then array(select e.enterprise_id from engine.counted_enterprises() as e (enterprise_id)) end
    ),
    'failures', (
      select coalesce(jsonb_agg(to_jsonb(f) order by f.count desc, f.code, f.workflow), '[]')
      from (
        select
          n.error_details ->> 'code' as code, n.workflow_key as workflow, count(*) as count, max(n.processed_at) as "lastAt",
          (array_agg(left(n.error_details ->> 'message', 500) order by n.processed_at desc))[1] as message
        from notify.notification_failed as x
        cross join lateral (
          select o.error_details, o.workflow_key, o.processed_at
          from notify.ent_notification as o
          where o.enterprise_id = x.enterprise_id and o.id = x.notification_id
          offset 0
        ) as n
        where
          x.enterprise_id = any(array(select e.enterprise_id from engine.counted_enterprises() as e (enterprise_id)))
          and x.failed_at > notify.now() - interval '1 hour'
        group by n.error_details ->> 'code', n.workflow_key
        order by count(*) desc
        limit 20
      ) as f
    ),
    'stuck', (
      select coalesce(jsonb_agg(to_jsonb(s) order by s.lane, s.state), '[]')
      from (
        select t.lane, t.state, sum(t.delivery_count) as count, extract(epoch from max(t.age)) as "ageSeconds"
        from notify.notification_stuck as t
        group by t.lane, t.state
      ) as s
    )
  );
begin
  if notify.reaches_all() then
    return v_status || engine.show_fleet();
  end if;
  return v_status;
end
$$;

alter function notify.read_status() owner to notify_owner;
grant execute on function engine.lane_depths(), engine.counted_enterprises(), engine.stuck_deliveries() to notify_owner;
grant execute on function notify.read_status() to notify_platform, notify_analyst, notify_analyst_all, notify_admin;
comment on function notify.read_status() is 'How things are going, as one object: lanes, the last hour by minute, what failed and what is stuck, of what you reach; for who reaches all also workers and targets. What xnovu status shows.';
