-- Removes what is older than notification_retention keeps: whole partitions of content and history when they are older than anybody
-- keeps them, the rows of an enterprise that keeps them for less, and final notifications with their deliveries, some thousands a call.
-- Nothing that is not final is touched, nor what was rendered of it. Called by the tick once a minute; once an hour it goes through
-- the content and history of enterprises, too.
create or replace function engine.prune(p_is_hourly boolean) returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_keep notify.notification_retention;
  v_pruned integer;
begin
  select
    engine.prune_partitions('notification_content', max(r.content_days))
    + engine.prune_partitions('notification_history', max(r.history_days))
  into v_pruned
  from notify.notification_retention as r;
  for v_keep in
    select r.* from notify.notification_retention as r order by r.enterprise_id
  loop
    v_pruned := v_pruned + engine.prune_enterprises(v_keep, 1000, p_is_hourly);
  end loop;
  if p_is_hourly then
    v_pruned := v_pruned + engine.prune_webhooks();
  end if;
  return v_pruned;
end
$$;

alter function engine.prune(boolean) owner to notify_engine;
comment on function engine.prune(boolean) is 'Removes what is older than notification_retention keeps; returns how much it removed, partitions and rows.';
