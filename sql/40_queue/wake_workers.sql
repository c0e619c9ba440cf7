-- Wakes the workers, when one of them said that it is idle on one of these lanes. Only then: a NOTIFY in every commit serialises
-- the commits of the whole platform (8 clients: 7,000 → 4,100 a second). What falls between a worker's last look and its word that
-- it is idle is found by its poll; and so is everything when the server's NOTIFY queue, which any login can fill, is half full: a
-- full one would fail the platform's COMMIT. It carries no lane: any login can listen, and should not learn of another enterprise's
-- alarm; an idle worker looks at each lane.
create or replace function engine.wake_workers(p_lanes text[]) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if
    exists (
      select
      from notify.notification_worker as w
      where w.idle_lanes && p_lanes and w.beaten_at > notify.now() - interval '1 minute'
    )
    and pg_notification_queue_usage() < 0.5
  then
    notify xnovu_work;
  end if;
end
$$;

alter function engine.wake_workers(text[]) owner to notify_engine;
comment on function engine.wake_workers(text[]) is 'Sends NOTIFY when a worker said that it is idle on one of these lanes.';
