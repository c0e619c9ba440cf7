-- Takes out of a claim the deliveries whose notification somebody else holds, such as a retraction that is not committed: they are
-- claimed again in a second. They are still this claim's, so their rows are free.
create or replace function engine.postpone_locked(p_claim notify.notification_claim, p_locked engine.delivery_key[])
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if cardinality(p_locked) < cardinality(p_claim.keys) then
    update notify.notification_delivery as d
    set claim_id = null, due_at = notify.now() + interval '1 second'
    from unnest(p_claim.keys) as k
    where
      d.enterprise_id = k.enterprise_id
      and d.notification_id = k.notification_id
      and d.number = k.number
      and d.claim_id = p_claim.claim_id
      and k::engine.delivery_key <> all(p_locked);
  end if;
end
$$;

alter function engine.postpone_locked(notify.notification_claim, engine.delivery_key[]) owner to notify_engine;
comment on function engine.postpone_locked(notify.notification_claim, engine.delivery_key[]) is
'Takes out of a claim what somebody else has locked.';
