-- What follows from retractions for deliveries that have just left a worker's hands: see notify.follow_retraction. The caller holds the
-- locks of their notifications.
create or replace function engine.follow_retractions(p_keys engine.delivery_key[]) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  perform notify.follow_retraction(r.enterprise_id, r.notification_id, r.numbers)
  from (
    select k.enterprise_id, k.notification_id, array_agg(k.number) as numbers
    from unnest(p_keys) as k
    group by k.enterprise_id, k.notification_id
    order by k.enterprise_id, k.notification_id
  ) as r;
end
$$;

alter function engine.follow_retractions(engine.delivery_key[]) owner to notify_engine;
comment on function engine.follow_retractions(engine.delivery_key[]) is
'Cancels and corrects what a worker had in hand of notifications that were retracted meanwhile.';
