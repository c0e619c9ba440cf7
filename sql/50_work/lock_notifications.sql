-- Locks the notifications of these deliveries in key order: what renders, reports and rescues takes them in the same order, so
-- that neither a deadlock nor a lost last report can happen.
create or replace function engine.lock_notifications(p_keys engine.delivery_key[]) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  perform count(*)
  from (
    select n.id
    from (select distinct k.enterprise_id, k.notification_id from unnest(p_keys) as k) as k
    inner join notify.ent_notification as n on k.enterprise_id = n.enterprise_id and k.notification_id = n.id
    order by n.enterprise_id, n.id
    for no key update of n
  ) as locked;
end
$$;

alter function engine.lock_notifications(engine.delivery_key[]) owner to notify_engine;
comment on function engine.lock_notifications(engine.delivery_key[]) is 'Locks the notifications of these deliveries, in key order.';
