-- Takes a notification back before it was sent: nothing of it that waits goes out any more. A delivery that a worker has in hand
-- may still reach Novu; its report then shows on the delivery, not on the status. Owned by notify_owner, to whom the tenant's
-- policies apply. Locks the notification before its deliveries, as reporting does.
create or replace function notify.retract(p_id uuid, p_reason text) returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_status text;
  v_enterprise_id uuid := notify.current_enterprise_id();
begin
  select n.notification_status into v_status
  from notify.ent_notification as n
  where n.enterprise_id = v_enterprise_id and n.id = p_id
  for no key update;
  if not found then
    raise exception using
      errcode = 'XN202',
      message = format('there is no notification %s in this enterprise', p_id),
      hint = 'Check the id, and that notify.set_enterprise was called with the enterprise that it belongs to.';
  elsif v_status = 'RETRACTED' then
    return;
  elsif v_status = 'SENT' then
    raise exception using
      errcode = 'XN203',
      message = format('notification %s was sent already: it can''t be taken back', p_id),
      hint = 'Send another notification that corrects it.';
  end if;

  update notify.notification_delivery as d
  set delivery_status = 'RETRACTED', due_at = null, finished_at = notify.now()
  where
    d.enterprise_id = v_enterprise_id
    and d.notification_id = p_id
    and d.delivery_status = 'OPEN'
    and d.claim_id is null;
  update notify.ent_notification as n
  set notification_status = 'RETRACTED', retracted_at = notify.now(), retraction_reason = p_reason
  where n.enterprise_id = v_enterprise_id and n.id = p_id;
  insert into notify.notification_history
    (enterprise_id, notification_id, happened_at, from_status, to_status, actor, reason)
  values (v_enterprise_id, p_id, notify.now(), v_status, 'RETRACTED', session_user, p_reason);
end
$$;

alter function notify.retract(uuid, text) owner to notify_owner;
grant execute on function notify.retract(uuid, text) to notify_platform;
comment on function notify.retract(uuid, text) is
'Takes a notification of the enterprise in the context back before it was sent: select notify.retract(id, ''false alarm'').';
