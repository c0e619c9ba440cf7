-- Has Novu asked what becomes of deliveries that it has just accepted: one row for those of an enterprise, lane and target, so that a
-- report of a hundred writes one. Nothing where the lane has no schedule or the target is not polled.
create or replace function engine.queue_polls(p_sent engine.sent_delivery[]) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into notify.notification_poll (enterprise_id, lane, target, due_at, notification_ids, numbers)
  select t.enterprise_id, t.lane, t.target, notify.now() + a.ask_after, t.notification_ids, t.numbers
  from (
    select
      u.enterprise_id, u.lane, u.target, array_agg(u.notification_id) as notification_ids, array_agg(u.number) as numbers
    from unnest(p_sent) as u
    group by u.enterprise_id, u.lane, u.target
  ) as t
  cross join lateral (
    select min(s.ask_after) as ask_after from notify.notification_receipt_schedule as s where s.lane = t.lane
  ) as a
  where
    a.ask_after is not null
    and not exists (
      select from notify.notification_target_limit as l where l.target = t.target and l.polls_per_second = 0
    )
  order by t.enterprise_id, t.lane, t.target;
end
$$;

alter function engine.queue_polls(engine.sent_delivery[]) owner to notify_engine;
comment on function engine.queue_polls(engine.sent_delivery[]) is 'Has Novu asked what becomes of deliveries that it accepted.';
