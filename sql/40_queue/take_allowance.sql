-- Takes what these waiting deliveries cost from the limits of their enterprises, and returns those for which it is enough: the last of an
-- enterprise may cost more than is left, so that a large one goes out, too, and the next waits the longer. Enterprises without a
-- limit take no lock; the rows of the others are locked in order, since two lanes may be admitted at once.
create or replace function engine.take_allowance(p_keys engine.delivery_key[]) returns engine.delivery_key[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_kept engine.delivery_key[];
begin
  if not exists (select from notify.notification_enterprise_limit) then
    return p_keys;
  end if;
  insert into notify.notification_enterprise_state (enterprise_id, allowance, refilled_at)
  select l.enterprise_id, l.burst, notify.now()
  from notify.notification_enterprise_limit as l
  where l.enterprise_id in (select k.enterprise_id from unnest(p_keys) as k)
  order by l.enterprise_id
  on conflict (enterprise_id) do nothing;
  perform
  from notify.notification_enterprise_state as s
  where s.enterprise_id in (select k.enterprise_id from unnest(p_keys) as k)
  order by s.enterprise_id
  for no key update;

  with allowed as materialized (
    select e.enterprise_id, engine.allowance(e.enterprise_id) as allowance
    from (select distinct k.enterprise_id from unnest(p_keys) as k) as e
  ),
  asked as (
    select
      k.enterprise_id, k.notification_id, k.number, k.place, a.allowance, d.recipient_count,
      sum(d.recipient_count) over (partition by k.enterprise_id order by k.place) - d.recipient_count as taken_before
    from unnest(p_keys) with ordinality as k (enterprise_id, notification_id, number, place)
    cross join lateral (select a.allowance from allowed as a where a.enterprise_id = k.enterprise_id offset 0) as a
    inner join notify.notification_delivery as d
      on k.enterprise_id = d.enterprise_id and k.notification_id = d.notification_id and k.number = d.number
  ),
  kept as (
    select a.* from asked as a where a.allowance is null or a.taken_before < a.allowance
  ),
  paid as (
    update notify.notification_enterprise_state as s
    set allowance = k.allowance - k.cost, refilled_at = notify.now()
    from (
      select k.enterprise_id, k.allowance, sum(k.recipient_count) as cost from kept as k group by k.enterprise_id, k.allowance
    ) as k
    where s.enterprise_id = k.enterprise_id and k.allowance is not null
  )
  select array_agg((k.enterprise_id, k.notification_id, k.number)::engine.delivery_key order by k.place)
  into v_kept
  from kept as k;
  return coalesce(v_kept, '{}');
end
$$;

alter function engine.take_allowance(engine.delivery_key[]) owner to notify_engine;
comment on function engine.take_allowance(engine.delivery_key[]) is
'Takes what waiting deliveries cost from their enterprises'' limits, and returns those for which it is enough.';
