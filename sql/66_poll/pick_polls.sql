-- Which deliveries of these enterprises Novu is asked about now: for each target as many as it gets in a second, less what is under way
-- there, and none while it is paused or its breaker open; the critical lane first, enterprises taking turns within it. Of an enterprise's, those that came due last: when there are more
-- than can be asked about, a few are asked in time rather than all too late.
create or replace function engine.pick_polls(p_enterprises uuid[])
returns table (enterprise_id uuid, poll_id bigint, picked_count integer)
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_each integer := greatest(4, least(
    1000 / cardinality(p_enterprises),
    (select greatest(10, max(l.polls_per_second)) from notify.notification_target_limit as l)
  ));
begin
  return query
  with due as (
    select d.*, e.turn, l.rank, row_number() over (partition by d.enterprise_id, d.lane order by d.due_at desc, d.poll_id, d.place) as place_of_its
    from unnest(p_enterprises) with ordinality as e (enterprise_id, turn)
    cross join (values ('critical', 1), ('normal', 2), ('bulk', 3)) as l (lane, rank)
    cross join lateral (
      select p.enterprise_id, p.poll_id, p.lane, p.target, p.due_at, k.place
      from (
        select w.*
        from notify.notification_poll as w
        where w.enterprise_id = e.enterprise_id and w.lane = l.lane and not w.is_chosen and w.due_at <= notify.now()
        order by w.due_at desc
        limit v_each
      ) as p
      cross join lateral generate_series(1, least(v_each, cardinality(p.numbers))) as k (place)
      order by p.due_at desc
      limit v_each
    ) as d
  ),
  turn as (
    select d.*, row_number() over (partition by d.target order by d.rank, d.place_of_its, d.turn) as turn_at_target
    from due as d
  ),
  room as materialized ( -- else it is counted for each delivery
    select
      t.target,
      engine.polls_per_second(t.target) - (
        select count(*) from notify.notification_poll as c where c.is_chosen and c.target = t.target
      ) as polls
    from (select distinct d.target from due as d) as t
    where
      not exists (select from notify.notification_pause as h where h.kind = 'TARGET' and h.name = t.target)
      and not exists (
        select from notify.notification_target_state as s where s.target = t.target and s.open_until > notify.now()
      )
  )
  select t.enterprise_id, t.poll_id, count(*)::integer
  from turn as t
  inner join room as r on t.target = r.target
  where t.turn_at_target <= r.polls
  group by t.enterprise_id, t.poll_id;
end
$$;

alter function engine.pick_polls(uuid[]) owner to notify_engine;
comment on function engine.pick_polls(uuid[]) is 'Which deliveries of these enterprises Novu is asked about now: how many of each row.';
