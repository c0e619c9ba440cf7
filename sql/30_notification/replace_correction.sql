-- Gives a notification that is RETRACTED already a correction, or another one: only where the one that it has FAILED and reached nobody,
-- since nobody must hear two. That one is retracted, so that no replay sends it. Called by notify.retract, with its rights.
create or replace function notify.replace_correction(p_notification notify.ent_notification, p_correction jsonb)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_earlier uuid;
begin
  select n.id into v_earlier
  from notify.ent_notification as n
  where
    n.enterprise_id = p_notification.enterprise_id
    and n.id = any(p_notification.correction_ids)
    and (
      n.notification_status <> 'FAILED'
      or exists (
        select
        from notify.notification_delivery as d
        where
          d.enterprise_id = n.enterprise_id
          and d.notification_id = n.id
          and (d.delivery_status = 'SENT' or d.doubtful_ids is not null)
      )
    )
  limit 1;
  if found then
    raise exception using
      errcode = 'XN206',
      message = format('notification %s has another correction already: %s', p_notification.id, v_earlier),
      hint = 'Retract that one with a correction of its own, or send another notification.';
  end if;
  perform notify.retract(c.id, 'another correction took its place')
  from unnest(p_notification.correction_ids) as c (id);
  update notify.ent_notification as n
  set correction = p_correction, correction_ids = null
  where n.enterprise_id = p_notification.enterprise_id and n.id = p_notification.id;
end
$$;

alter function notify.replace_correction(notify.ent_notification, jsonb) owner to notify_owner;
comment on function notify.replace_correction(notify.ent_notification, jsonb) is 'Gives a retracted notification a correction, or another one; called by notify.retract.';
