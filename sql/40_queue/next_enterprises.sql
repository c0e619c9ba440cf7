-- The enterprises whose turn it is on a lane: those with something waiting that is due, in order of id, beginning after the last
-- one served and going round. One index probe an enterprise, however much each of them has waiting.
create or replace function engine.next_enterprises(p_lane text, p_most integer) returns uuid[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_start uuid := (select l.last_enterprise_id from notify.notification_lane as l where l.lane = p_lane);
  v_last uuid := v_start;
  v_next uuid;
  v_turned boolean := false;
  v_enterprises uuid[] := '{}';
begin
  while cardinality(v_enterprises) < p_most loop
    select d.enterprise_id into v_next
    from notify.notification_delivery as d
    where d.lane = p_lane and d.due_at is not null and d.enterprise_id > v_last
    order by d.lane, d.enterprise_id
    limit 1;
    if v_turned and (not found or v_next > v_start) then
      exit;
    elsif not found then
      v_turned := true;
      v_last := '00000000-0000-0000-0000-000000000000';
      continue;
    end if;
    v_last := v_next;
    if exists (
      select
      from notify.notification_delivery as d
      where d.lane = p_lane and d.enterprise_id = v_next and d.due_at <= notify.now()
    ) then
      v_enterprises := v_enterprises || v_next;
    end if;
  end loop;
  if cardinality(v_enterprises) > 0 then
    update notify.notification_lane as l
    set last_enterprise_id = v_enterprises[cardinality(v_enterprises)]
    where l.lane = p_lane;
  end if;
  return v_enterprises;
end
$$;

alter function engine.next_enterprises(text, integer) owner to notify_engine;
comment on function engine.next_enterprises(text, integer) is
'The enterprises whose turn it is on a lane, and remembers where the next turn begins.';
