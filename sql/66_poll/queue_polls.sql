-- Has Novu asked what becomes of deliveries that it has just accepted: one row for those of an enterprise, lane and target, so that a
-- report of a hundred writes one. Nothing where the lane has no schedule or the target is not polled.
create or replace function engine.queue_polls(p_sent engine.sent_delivery[]) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into notify.notification_poll (enterprise_id, lane, target, due_at, notification_ids, numbers)
  select
    s.enterprise_id, s.lane, s.target, notify.now() + min(s.ask_after), array_agg(s.notification_id), array_agg(s.number)
  from (
    select u.*, engine.next_ask(u.lane, interval '0') as ask_after
    from unnest(p_sent) as u
    where not exists (
      select from notify.notification_target_limit as l where l.target = u.target and l.polls_per_second = 0
    )
  ) as s
  where s.ask_after is not null
  group by s.enterprise_id, s.lane, s.target
  order by s.enterprise_id, s.lane, s.target;
end
$$;

alter function engine.queue_polls(engine.sent_delivery[]) owner to notify_engine;
comment on function engine.queue_polls(engine.sent_delivery[]) is 'Has Novu asked what becomes of deliveries that it accepted.';
