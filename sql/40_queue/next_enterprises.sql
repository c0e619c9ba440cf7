-- The enterprises whose turn it is on a lane: those with something waiting that is due, in order of id, beginning after the last
-- one served and going round, but for those that are held back, have used up their limit, or whose target has no token. One index probe an enterprise, however much
-- each of them has waiting. The query is put together with the lane in it, since each lane has an index of its own: one led by the lane would be open to a tenant's conditions before its policy.
create or replace function engine.next_enterprises(p_lane text, p_most integer) returns uuid[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_start uuid := (select l.last_enterprise_id from notify.notification_lane as l where l.lane = p_lane);
  v_enterprises uuid[];
  v_is_held boolean := engine.is_anything_held();
  v_is_rated boolean := exists (select from notify.notification_target_limit);
  v_is_limited boolean := p_lane <> 'critical' and exists (select from notify.notification_enterprise_limit);
begin
  execute format(
    $query$
    with recursive after_it as (
      (
        select d.enterprise_id from notify.notification_delivery as d
        where d.lane = %1$L and d.due_at is not null and d.enterprise_id > $1
        order by d.enterprise_id limit 1
      )
      union all
      select (
        select d.enterprise_id from notify.notification_delivery as d
        where d.lane = %1$L and d.due_at is not null and d.enterprise_id > a.enterprise_id
        order by d.enterprise_id limit 1
      )
      from after_it as a where a.enterprise_id is not null
    ),
    up_to_it as (
      (
        select d.enterprise_id from notify.notification_delivery as d
        where d.lane = %1$L and d.due_at is not null and d.enterprise_id <= $1
        order by d.enterprise_id limit 1
      )
      union all
      select (
        select d.enterprise_id from notify.notification_delivery as d
        where d.lane = %1$L and d.due_at is not null and d.enterprise_id > u.enterprise_id and d.enterprise_id <= $1
        order by d.enterprise_id limit 1
      )
      from up_to_it as u where u.enterprise_id is not null
    )
    select array(
      select t.enterprise_id
      from (select a.enterprise_id from after_it as a union all select u.enterprise_id from up_to_it as u) as t
      where exists (
        select from notify.notification_delivery as d
        where d.lane = %1$L and d.enterprise_id = t.enterprise_id and d.due_at <= $3
      )
      and (not $4 or engine.held_until(t.enterprise_id, %1$L) is null)
      and (not $5 or coalesce(engine.allowance(t.enterprise_id) >= 1, true))
      and (
        not $6
        or coalesce(
          engine.affordable(
            (select coalesce(max(o.target), 'default') from notify.notification_target as o where o.enterprise_id = t.enterprise_id),
            %1$L
          ) >= 1,
          true
        )
      )
      limit $2
    )
    $query$,
    p_lane
  )
  into v_enterprises
  using v_start, p_most, notify.now(), v_is_held, v_is_limited, v_is_rated;
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
