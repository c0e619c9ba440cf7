-- Called by the tick, so by one at a time and about once a second: chooses what Novu is asked about now, and returns how many. What is chosen
-- gets a row of its own. What is overdue by as long as the lane's whole schedule is asked about no more; and what a worker never
-- reported, or none took for a minute, loses its turn, but for what a report has locked, which settles it. p_after: the enterprise that had its turn last; p_last: the one that has it now.
create or replace function engine.choose_polls(p_after uuid, out p_last uuid, out p_count integer)
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_now timestamptz := notify.now();
  v_enterprises uuid[];
begin
  with late as (
    select p.enterprise_id, p.poll_id
    from notify.notification_poll as p
    where p.is_chosen and p.due_at <= v_now - case when p.claimed_by is null then interval '1 minute' else interval '0' end
    for update skip locked
  )
  update notify.notification_poll as p
  set claimed_by = null, is_chosen = false
  from late as l
  where p.enterprise_id = l.enterprise_id and p.poll_id = l.poll_id;
  v_enterprises := engine.next_polled(p_after, 200);
  p_last := coalesce(v_enterprises[cardinality(v_enterprises)], p_after);
  p_count := 0;
  if cardinality(v_enterprises) = 0 then
    return; -- as nearly always where little is sent
  end if;
  delete from notify.notification_poll as p
  using unnest(v_enterprises) as e (enterprise_id)
  cross join (values ('critical'), ('normal'), ('bulk')) as l (lane)
  left join lateral (
    select max(s.ask_after) as longest from notify.notification_receipt_schedule as s where s.lane = l.lane
  ) as s on true
  where
    p.enterprise_id = e.enterprise_id
    and p.lane = l.lane
    and not p.is_chosen
    and p.due_at < v_now - coalesce(s.longest, interval '0');
  with picked as materialized (
    select p.*, c.picked_count
    from engine.pick_polls(v_enterprises) as c
    inner join notify.notification_poll as p on c.enterprise_id = p.enterprise_id and c.poll_id = p.poll_id
  ),
  own as (
    insert into notify.notification_poll
      (enterprise_id, lane, target, sent_at, due_at, notification_ids, numbers, is_chosen)
    select
      p.enterprise_id, p.lane, p.target, p.sent_at, p.due_at, p.notification_ids[k.place : k.place],
      p.numbers[k.place : k.place], true
    from picked as p
    cross join lateral generate_series(1, p.picked_count) as k (place)
    where cardinality(p.numbers) > 1
  ),
  emptied as (
    delete from notify.notification_poll as p
    using picked as c
    where
      p.enterprise_id = c.enterprise_id
      and p.poll_id = c.poll_id
      and cardinality(c.numbers) = c.picked_count
      and c.picked_count > 1
  ),
  chosen as (
    update notify.notification_poll as p
    set
      is_chosen = c.picked_count = cardinality(c.numbers),
      notification_ids = case
        when c.picked_count < cardinality(c.numbers) then p.notification_ids[c.picked_count + 1 :] else p.notification_ids
      end,
      numbers = case when c.picked_count < cardinality(c.numbers) then p.numbers[c.picked_count + 1 :] else p.numbers end
    from picked as c
    where
      p.enterprise_id = c.enterprise_id
      and p.poll_id = c.poll_id
      and (cardinality(c.numbers) = 1 or c.picked_count < cardinality(c.numbers))
  )
  select coalesce(sum(p.picked_count), 0) into p_count from picked as p;
end
$$;

alter function engine.choose_polls(uuid) owner to notify_engine;
comment on function engine.choose_polls(uuid) is 'Chooses what Novu is asked about now, and returns how many deliveries.';
