-- Of these waiting deliveries, those for which their targets have tokens now; the others go on waiting as if their turn had not come. What
-- there is goes round among the enterprises of a target, beginning with any of them: one with a million must not take every token.
create or replace function engine.keep_affordable(p_lane text, p_keys engine.delivery_key[])
returns engine.delivery_key[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if not exists (select from notify.notification_target_limit) then
    return p_keys;
  end if;
  return array(
    with enterprise as materialized (
      select e.enterprise_id, coalesce(t.target, 'default') as target, random() as luck
      from (select distinct k.enterprise_id from unnest(p_keys) as k) as e
      left join notify.notification_target as t on e.enterprise_id = t.enterprise_id
    ),
    target as materialized (
      select d.target, engine.affordable(d.target, p_lane) as most
      from (select distinct e.target from enterprise as e) as d
    ),
    asked as (
      select
        k.enterprise_id, k.notification_id, k.number, k.place,
        row_number() over (partition by k.enterprise_id order by k.place) as turn
      from unnest(p_keys) with ordinality as k (enterprise_id, notification_id, number, place)
    ),
    ranked as (
      select a.*, t.most, row_number() over (partition by e.target order by a.turn, e.luck) as target_place
      from asked as a
      inner join enterprise as e on a.enterprise_id = e.enterprise_id
      inner join target as t on e.target = t.target
    )
    select (r.enterprise_id, r.notification_id, r.number)::engine.delivery_key
    from ranked as r
    where r.most is null or r.target_place <= r.most
    order by r.place
  );
end
$$;

alter function engine.keep_affordable(text, engine.delivery_key[]) owner to notify_engine;
comment on function engine.keep_affordable(text, engine.delivery_key[]) is
'Of waiting deliveries, those for which their targets have tokens, enterprises taking turns.';
