-- Counts a day of an enterprise anew, after something of it changed. The marks that it sees are removed: what changes later has a mark
-- of its own.
create or replace function engine.recount_day(p_enterprise_id uuid, p_day date) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_since timestamptz := p_day::timestamp at time zone 'UTC';
  v_until timestamptz := (p_day + 1)::timestamp at time zone 'UTC';
  v_open uuid[];
begin
  delete from notify.notification_daily_stale as s where s.enterprise_id = p_enterprise_id and s.day = p_day;
  select least(v_until, s.counted_until) into v_until
  from notify.notification_daily_state as s
  where s.enterprise_id = p_enterprise_id;
  if not found then
    return;
  end if;
  delete from notify.notification_daily as d where d.enterprise_id = p_enterprise_id and d.day = p_day;
  v_open := array(
    select n.id
    from notify.ent_notification as n
    where
      n.enterprise_id = p_enterprise_id
      and n.created_at >= v_since
      and n.created_at < v_until
      and engine.is_open(n.enterprise_id, n.id, n.notification_status)
  );
  perform engine.add_daily(p_enterprise_id, v_since, v_until, v_open, '{}');
  update notify.notification_daily_state as s
  set
    open_ids = v_open || array(
      select n.id
      from unnest(s.open_ids) as i (id)
      inner join notify.ent_notification as n on n.enterprise_id = s.enterprise_id and i.id = n.id
      where n.created_at < v_since or n.created_at >= v_until
    )
  where s.enterprise_id = p_enterprise_id;
end
$$;

alter function engine.recount_day(uuid, date) owner to notify_engine;
comment on function engine.recount_day(uuid, date) is 'Counts a day of an enterprise anew.';
