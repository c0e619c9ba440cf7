-- Trigger function: what a pause held back is due again when the pause is deleted. Deliveries that another pause holds, too, are held
-- back again by the next claim. Owned by the engine, which alone writes deliveries of every enterprise.
create or replace function engine.release_paused() returns trigger
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
      and w.due_at = engine.paused_until()
      and (old.enterprise_id = '00000000-0000-0000-0000-000000000000' or w.enterprise_id = old.enterprise_id)
    order by w.enterprise_id, w.notification_id, w.number
    for update
  ) as h
  where d.enterprise_id = h.enterprise_id and d.notification_id = h.notification_id and d.number = h.number;
  perform engine.wake_workers(array['critical', 'normal', 'bulk']);
  return null;
end
$$;

alter function engine.release_paused() owner to notify_engine;
comment on function engine.release_paused() is 'Trigger function: makes what a pause held back due again.';
