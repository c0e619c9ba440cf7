-- Removes the rows that notification_retention keeps no longer, up to p_most: final notifications with their deliveries, and once an hour
-- the content and history of enterprises that keep them for less than everybody, whose whole partitions are dropped by the tick. Nothing
-- that is not final is touched, nor what was rendered of it. False: there may be more, so call it again, in another transaction.
drop function if exists engine.prune_enterprises(notify.notification_retention, integer, boolean); -- it knew no end
drop function if exists engine.prune(boolean); -- it knew no end
create or replace function engine.prune(p_most integer, p_is_hourly boolean) returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_keep notify.notification_retention;
  v_left integer := p_most;
begin
  for v_keep in
    select r.* from notify.notification_retention as r order by r.enterprise_id
  loop
    if v_keep.enterprise_id = '00000000-0000-0000-0000-000000000000' then
      v_left := v_left - engine.prune_everybody(v_keep.notification_days, v_left);
      continue;
    end if;
    v_left := v_left - engine.prune_notifications(v_keep.enterprise_id, v_keep.notification_days, v_left);
    continue when not p_is_hourly;
    v_left := v_left - engine.prune_content(v_keep.enterprise_id, v_keep.content_days, v_left);
    v_left := v_left - engine.prune_history(v_keep.enterprise_id, v_keep.history_days, v_left);
  end loop;
  if p_is_hourly then
    v_left := v_left - engine.prune_webhooks(v_left);
    v_left := v_left - engine.prune_latencies(v_left);
  end if;
  return v_left > 0;
end
$$;

alter function engine.prune(integer, boolean) owner to notify_engine;
comment on function engine.prune(integer, boolean) is
'Removes rows that notification_retention keeps no longer, up to that many; false: there may be more.';
