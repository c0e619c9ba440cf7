-- Ends what can't be rendered, or is too late: every open delivery of these notifications becomes FAILED with its fault, and the
-- notifications follow. The caller holds their locks.
create or replace function engine.fail_notifications(
  p_worker text,
  p_keys engine.notification_key [],
  p_faults jsonb []
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
    and d.delivery_status = 'OPEN';
  perform engine.finish_notifications(p_worker, p_keys);
end
$$;

alter function engine.fail_notifications(text, engine.notification_key [], jsonb []) owner to notify_engine;
comment on function engine.fail_notifications(text, engine.notification_key [], jsonb []) is
'Fails every open delivery of these notifications, each notification for its fault, and finishes them.';
