-- Locks the notifications of these deliveries and returns the deliveries whose notification it got. It never waits in the server: a
-- platform may hold one of them for as long as its transaction lasts (notify.retract), and the other enterprises must not wait
-- for that; so what is locked is looked at again for a fifth of a second, which is longer than the engine's own functions hold
-- one, and then left out. As nothing waits, nothing can deadlock; as every final step holds the lock, no last report is lost.
create or replace function engine.lock_notifications(p_keys engine.delivery_key[]) returns engine.delivery_key[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_wanted integer := (select count(*) from (select distinct k.enterprise_id, k.notification_id from unnest(p_keys) as k) as k);
  v_locked engine.notification_key[];
begin
  for v_try in 1..10 loop
    select array_agg((l.enterprise_id, l.id)::engine.notification_key)
    into v_locked
    from (
      select n.enterprise_id, n.id
      from (select distinct k.enterprise_id, k.notification_id from unnest(p_keys) as k) as k
      inner join notify.ent_notification as n on k.enterprise_id = n.enterprise_id and k.notification_id = n.id
      order by n.enterprise_id, n.id
      for no key update of n skip locked
    ) as l;
    if coalesce(cardinality(v_locked), 0) = v_wanted then
      return p_keys;
    end if;
    if v_try = 1 then -- what was pruned can't be locked
      v_wanted := (
        select count(*)
        from (select distinct k.enterprise_id, k.notification_id from unnest(p_keys) as k) as k
        inner join notify.ent_notification as n on k.enterprise_id = n.enterprise_id and k.notification_id = n.id
      );
    end if;
    perform pg_sleep(0.02);
  end loop;
  return array(
    select k::engine.delivery_key
    from unnest(p_keys) as k
    where (k.enterprise_id, k.notification_id)::engine.notification_key = any(v_locked)
  );
end
$$;

alter function engine.lock_notifications(engine.delivery_key[]) owner to notify_engine;
comment on function engine.lock_notifications(engine.delivery_key[]) is
'Locks the notifications of these deliveries, without waiting long, and returns the deliveries of those that it got.';
