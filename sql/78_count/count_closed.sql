-- Adds to the roll-up what was open when its time was counted, and is final now.
create or replace function engine.count_closed(p_enterprise_id uuid) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_closed uuid[];
begin
  select array_agg(i.id) into v_closed
  from notify.notification_daily_state as s
  cross join lateral unnest(s.open_ids) as i (id)
  left join notify.ent_notification as n on s.enterprise_id = n.enterprise_id and i.id = n.id
  where s.enterprise_id = p_enterprise_id and (n.id is null or not engine.is_open(n.enterprise_id, n.id, n.notification_status));
  if v_closed is null then
    return;
  end if;
  -- one that is replayed between these two statements marks its day
  perform engine.add_daily(p_enterprise_id, 'infinity', 'infinity', '{}', v_closed);
  update notify.notification_daily_state as s
  set open_ids = array(select u.id from unnest(s.open_ids) as u (id) where u.id <> all(v_closed))
  where s.enterprise_id = p_enterprise_id;
end
$$;

alter function engine.count_closed(uuid) owner to notify_engine;
comment on function engine.count_closed(uuid) is 'Adds to the roll-up what is final by now.';
