-- Until when nothing of an enterprise may go out on a lane: engine.paused_until() while it or its target is paused, or the time at which its target's
-- breaker lets the next call through; null: now. The breaker does not hold the critical lane, which is retried at its own pace.
-- A parsed body, so that the planner inlines it.
create or replace function engine.held_until(p_enterprise_id uuid, p_lane text) returns timestamptz
language sql
stable
parallel safe
return (
  select max(h.held_until)
  from (
    select coalesce(max(o.target), 'default') as target
    from notify.notification_target as o
    where o.enterprise_id = p_enterprise_id
  ) as t
  cross join lateral (
    select engine.paused_until() as held_until
    from notify.notification_pause as p
    where
      (p.enterprise_id = p_enterprise_id and p.kind = 'ENTERPRISE')
      or (
        p.enterprise_id = '00000000-0000-0000-0000-000000000000'
        and p.kind = 'TARGET'
        and p.name = t.target
      )
    union all
    select s.open_until
    from notify.notification_target_state as s
    where s.target = t.target and s.open_until > notify.now() and p_lane <> 'critical'
  ) as h
);

alter function engine.held_until(uuid, text) owner to notify_engine;
comment on function engine.held_until(uuid, text) is
'Until when an enterprise''s deliveries on a lane are held back; engine.paused_until(): paused; null: not at all.';
