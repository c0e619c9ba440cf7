-- Trigger function: what waits for the tokens of a target is due again when its limit is changed or taken away, so that the new one is in
-- force at once. That is what was claimed and never called (attempt, and no failure); what waits for another reason keeps its time. It
-- waits for no row: what a worker has in hand at this moment is left to it. Owned by the engine, which alone writes deliveries of every
-- enterprise.
create or replace function engine.release_limited() returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  update notify.notification_delivery as d
  set due_at = notify.now()
  from (
    select w.enterprise_id, w.notification_id, w.number
    from notify.notification_delivery as w
    where
      (w.lane = 'critical' or w.lane = 'normal' or w.lane = 'bulk')
      and w.due_at > notify.now()
      and w.due_at < engine.paused_until()
      and w.attempt > 0
      and w.error_details is null
      and coalesce(w.target, 'default') = old.target
    for update skip locked
  ) as h
  where d.enterprise_id = h.enterprise_id and d.notification_id = h.notification_id and d.number = h.number;
  update notify.notification_cancellation as c
  set due_at = notify.now()
  from (
    select w.enterprise_id, w.notification_id, w.transaction_id
    from notify.notification_cancellation as w
    where
      w.target = old.target
      and w.due_at > notify.now()
      and w.claimed_by is null
      and w.attempt > 0
      and w.error_details is null
    for update skip locked
  ) as h
  where
    c.enterprise_id = h.enterprise_id
    and c.notification_id = h.notification_id
    and c.transaction_id = h.transaction_id;
  perform engine.wake_workers(array['critical', 'normal', 'bulk']);
  return null;
end
$$;

alter function engine.release_limited() owner to notify_engine;
comment on function engine.release_limited() is 'Trigger function: makes what waits for a target''s tokens due again.';

create or replace trigger release after update or delete on notify.notification_target_limit
for each row execute function engine.release_limited();
