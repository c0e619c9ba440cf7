-- GET /api/status/all: how things are going, of all enterprises together, with workers and targets. Like /metrics it names no enterprise, and
-- tells no text of one's: no workflow, no message.
create or replace function http_v1.show_all_status() returns http_v1.answer
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
  select (
    200,
    null,
    (jsonb_build_object(
      'at', notify.now(),
      'enterpriseId', null,
      'lanes', (
        select jsonb_agg(
          jsonb_build_object(
            'lane', l.lane, 'waiting', l.waiting, 'scheduled', l.scheduled, 'queued', l.queued, 'claimed', l.claimed,
            'oldestSeconds', nullif(l.oldest_seconds, 0)
          )
        )
        from engine.lane_figures() as l
      ),
      'minutes', notify.list_minutes(null),
      'failures', (
        select coalesce(jsonb_agg(to_jsonb(f) order by f.count desc, f.code), '[]')
        from (
          select n.error_details ->> 'code' as code, count(*) as count, max(n.processed_at) as "lastAt"
          from notify.ent_notification as n
          where
            n.enterprise_id = any(array(select e.enterprise_id from engine.all_enterprises() as e (enterprise_id)))
            and n.created_at > notify.now() - interval '1 hour'
            and n.notification_status = 'FAILED'
          group by n.error_details ->> 'code'
          order by count(*) desc
          limit 20
        ) as f
      )
    ) || engine.show_fleet())::text
  )::http_v1.answer
$$;

alter function http_v1.show_all_status() owner to notify_engine;
grant execute on function http_v1.show_all_status() to notify_http;
comment on function http_v1.show_all_status() is 'GET /api/status/all: how things are going, of all enterprises together.';
