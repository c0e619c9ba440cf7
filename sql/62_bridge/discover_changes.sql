-- Has Novu discover anew where what is published is not what it discovered last. Called by the tick: whoever publishes writes nothing that
-- others share, so no open transaction of one enterprise's keeps another from publishing. What a worker has in hand, or is due already,
-- is looked at again when that is over. Returns how many targets.
create or replace function engine.discover_changes() returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_count integer;
begin
  update notify.notification_bridge as b
  set due_at = notify.now(), is_in_step = false
  from (
    select w.target
    from notify.notification_bridge as w
    where w.due_at is null
    order by w.target
    for update skip locked
  ) as i
  where b.target = i.target and b.discovered is distinct from engine.bridge_digest(b.target);
  get diagnostics v_count = row_count;
  return v_count;
end
$$;

alter function engine.discover_changes() owner to notify_engine;
comment on function engine.discover_changes() is
'Has Novu discover anew where what is published is not what it discovered; returns on how many targets.';
