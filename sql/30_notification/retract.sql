-- Takes a notification back, in every state: what waits is not sent any more, what Novu took or may have taken is cancelled there, and
-- those whom it may have reached get the correction. A delivery that a worker has in hand is decided by its report, and cancelled and
-- corrected then. Owned by notify_owner, to whom the tenant's policies apply. Locks the notification before its deliveries, as reporting
-- does. Those get the weakest lock, all of them: in a transaction with a snapshot that is older than a worker's report it fails,
-- rather than miss what was sent; and no worker has to wait for it.
drop function if exists notify.retract(uuid, text); -- as it was before corrections
create or replace function notify.retract(p_id uuid, p_reason text, correction jsonb default null) returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_correction jsonb := nullif(retract.correction, 'null');
  v_notification notify.ent_notification;
  v_enterprise_id uuid := notify.current_enterprise_id();
begin
  perform notify.check_correction(v_correction);
  select n.* into v_notification
  from notify.ent_notification as n
  where n.enterprise_id = v_enterprise_id and n.id = p_id
  for no key update;
  if not found then
    raise exception using
      errcode = 'XN202',
      message = format('there is no notification %s in this enterprise', p_id),
      hint = 'Check the id, and that notify.set_enterprise was called with the enterprise that it belongs to.';
  end if;
  perform
  from notify.notification_delivery as d
  where d.enterprise_id = v_enterprise_id and d.notification_id = p_id
  order by d.number
  for key share;

  if v_notification.notification_status <> 'RETRACTED' then
    update notify.notification_delivery as d
    set delivery_status = 'RETRACTED', due_at = null, finished_at = notify.now()
    where
      d.enterprise_id = v_enterprise_id
      and d.notification_id = p_id
      and d.delivery_status = 'OPEN'
      and d.claim_id is null;
    update notify.ent_notification as n
    set
      notification_status = 'RETRACTED', retracted_at = notify.now(), retraction_reason = p_reason,
      correction = v_correction
    where n.enterprise_id = v_enterprise_id and n.id = p_id;
    insert into notify.notification_history
      (enterprise_id, notification_id, happened_at, from_status, to_status, actor, reason)
    values (
      v_enterprise_id, p_id, notify.now(), v_notification.notification_status, 'RETRACTED', notify.actor(), p_reason
    );
  elsif v_correction is null or v_correction = v_notification.correction then
    return v_notification.correction_ids[1]; -- said already
  else
    perform notify.replace_correction(v_notification, v_correction);
  end if;
  return notify.follow_retraction(v_enterprise_id, p_id);
end
$$;

alter function notify.retract(uuid, text, jsonb) owner to notify_owner;
grant execute on function notify.retract(uuid, text, jsonb) to notify_platform;
comment on function notify.retract(uuid, text, jsonb) is
'Takes a notification of the enterprise in the context back, whatever its status: select notify.retract(id, ''false alarm'', correction => ''{"workflow_key": "all-clear", "payload": {}}''). The correction goes to those whom it may have reached, on its channels; returns the correction''s id, or null when there was nobody to correct yet. Again is harmless.';
