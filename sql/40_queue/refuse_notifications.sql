-- The insert trigger's first step: rows that can't be sent end FAILED with the reason, in one statement for all of them.
create or replace function engine.refuse_notifications(p_keys engine.notification_key[], p_faults jsonb[]) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_count integer;
begin
  with refused as (
    update notify.ent_notification as n
    set notification_status = 'FAILED', processed_at = notify.now(), error_details = k.fault
    from unnest(p_keys, p_faults) as k (enterprise_id, notification_id, fault)
    where n.enterprise_id = k.enterprise_id and n.id = k.notification_id and n.notification_status = 'PENDING'
    returning n.enterprise_id, n.id, k.fault
  )
  insert into notify.notification_history
    (enterprise_id, notification_id, happened_at, from_status, to_status, actor, reason)
  select r.enterprise_id, r.id, notify.now(), 'PENDING', 'FAILED', session_user, r.fault ->> 'message'
  from refused as r;
  get diagnostics v_count = row_count;
  perform engine.measure_dead(array_fill('none'::text, array[v_count]));
end
$$;

alter function engine.refuse_notifications(engine.notification_key[], jsonb[]) owner to notify_engine;
comment on function engine.refuse_notifications(engine.notification_key[], jsonb[]) is
'Ends notifications that can''t be sent as FAILED, each with its fault, and writes their history.';
