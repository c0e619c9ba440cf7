-- Adds an enterprise's next notifications to the roll-up, 2,000 or so, of before p_until, up to when every one is there; says whether there are more. Those
-- that are open are remembered, up to 500; more of them are a backlog, which is counted from the rows themselves until it is done.
create or replace function engine.count_enterprise(p_enterprise_id uuid, p_until timestamptz) returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_state notify.notification_daily_state;
  v_count integer;
  v_last timestamptz;
  v_open uuid[];
begin
  perform engine.count_closed(p_enterprise_id);
  select s.* into v_state from notify.notification_daily_state as s where s.enterprise_id = p_enterprise_id;
  if v_state.counted_until >= p_until then
    return false;
  end if;
  select
    count(*), max(t.created_at),
    coalesce(array_agg(t.id) filter (where engine.is_open(p_enterprise_id, t.id, t.notification_status)), '{}')
  into v_count, v_last, v_open
  from (
    select n.id, n.created_at, n.notification_status
    from notify.ent_notification as n
    where n.enterprise_id = p_enterprise_id and n.created_at >= v_state.counted_until and n.created_at < p_until
    order by n.created_at
    fetch first 2000 rows with ties
  ) as t;
  if cardinality(v_open) + cardinality(v_state.open_ids) > 500 then
    update notify.notification_daily_state as s
    set due_at = notify.now() + interval '1 minute'
    where s.enterprise_id = p_enterprise_id;
    return false;
  end if;
  if v_count >= 2000 then
    p_until := v_last + interval '1 microsecond';
  end if;
  perform engine.add_daily(p_enterprise_id, v_state.counted_until, p_until, v_open, '{}');
  update notify.notification_daily_state as s
  set
    counted_until = p_until,
    open_ids = s.open_ids || v_open,
    due_at = notify.now() + case when v_count >= 2000 then interval '0' else interval '5 seconds' end
  where s.enterprise_id = p_enterprise_id;
  return v_count >= 2000;
end
$$;

alter function engine.count_enterprise(uuid, timestamptz) owner to notify_engine;
comment on function engine.count_enterprise(uuid, timestamptz) is
'Adds an enterprise''s next notifications to the roll-up; says whether there are more.';
