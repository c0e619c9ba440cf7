-- Fails what expired between two attempts: the deliveries of these notifications that this claim holds or that wait. One that
-- another worker has in hand is left to its report.
create or replace function engine.expire_deliveries(
  p_claim notify.notification_claim,
  p_keys engine.notification_key[],
  p_faults jsonb[]
) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  update notify.notification_delivery as d
  set delivery_status = 'FAILED', due_at = null, claim_id = null, finished_at = notify.now(), error_details = k.fault
  from unnest(p_keys, p_faults) as k (enterprise_id, notification_id, fault)
  where
    d.enterprise_id = k.enterprise_id
    and d.notification_id = k.notification_id
    and d.delivery_status = 'OPEN'
    and (d.claim_id is null or d.claim_id = p_claim.claim_id);
  perform engine.finish_notifications(p_claim.worker, p_keys);
end
$$;

alter function engine.expire_deliveries(notify.notification_claim, engine.notification_key[], jsonb[])
owner to notify_engine;
comment on function engine.expire_deliveries(notify.notification_claim, engine.notification_key[], jsonb[]) is
'Fails the deliveries of expired notifications that no other worker has in hand.';
