-- Removes final notifications that are older than p_days, up to p_most, of all enterprises that have no row of their own in
-- notification_retention; returns how many.
create or replace function engine.prune_everybody(p_days integer, p_most integer) returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_enterprise_id uuid := '00000000-0000-0000-0000-000000000000';
  v_pruned integer := 0;
begin
  while v_pruned < p_most loop
    v_enterprise_id := (
      select n.enterprise_id
      from notify.ent_notification as n
      where n.enterprise_id > v_enterprise_id
      order by n.enterprise_id
      limit 1
    );
    exit when v_enterprise_id is null;
    continue when exists (
      select from notify.notification_retention as r where r.enterprise_id = v_enterprise_id
    );
    v_pruned := v_pruned + engine.prune_notifications(v_enterprise_id, p_days, p_most - v_pruned);
  end loop;
  return v_pruned;
end
$$;

alter function engine.prune_everybody(integer, integer) owner to notify_engine;
comment on function engine.prune_everybody(integer, integer) is
'Removes old final notifications of enterprises without a retention of their own; returns how many.';
