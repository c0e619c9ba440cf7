-- Takes out of a claim what does not go out any more: deliveries of what was retracted, and of what expired since it was rendered.
create or replace function engine.release_unwanted(p_claim notify.notification_claim) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_retracted engine.delivery_key[];
  v_expired engine.notification_key[];
  v_faults jsonb[];
begin
  if not exists (
    select
    from unnest(p_claim.keys) as k
    inner join notify.ent_notification as n on k.enterprise_id = n.enterprise_id and k.notification_id = n.id
    where
      n.notification_status = 'RETRACTED' or (n.notification_status = 'PROCESSING' and n.expires_at <= notify.now())
  ) then
    return; -- as nearly always
  end if;
  with released as (
    update notify.notification_delivery as d
    set claim_id = null, delivery_status = 'RETRACTED', finished_at = notify.now()
    from unnest(p_claim.keys) as k
    cross join lateral (
      select n.notification_status
      from notify.ent_notification as n
      where n.enterprise_id = k.enterprise_id and n.id = k.notification_id
      offset 0
    ) as n
    where
      d.enterprise_id = k.enterprise_id
      and d.notification_id = k.notification_id
      and d.number = k.number
      and d.claim_id = p_claim.claim_id
      and n.notification_status = 'RETRACTED'
    returning d.enterprise_id, d.notification_id, d.number
  )
  select array_agg((r.enterprise_id, r.notification_id, r.number)::engine.delivery_key) into v_retracted
  from released as r;
  if v_retracted is not null then
    perform engine.follow_retractions(v_retracted); -- an earlier attempt may have reached Novu
  end if;

  select
    array_agg((n.enterprise_id, n.id)::engine.notification_key),
    array_agg(engine.expired_fault(n.expires_at))
  into v_expired, v_faults
  from (select distinct k.enterprise_id, k.notification_id from unnest(p_claim.keys) as k) as k
  inner join notify.ent_notification as n on k.enterprise_id = n.enterprise_id and k.notification_id = n.id
  where n.notification_status = 'PROCESSING' and n.expires_at <= notify.now();
  if v_expired is not null then
    perform engine.expire_deliveries(p_claim, v_expired, v_faults);
  end if;
end
$$;

alter function engine.release_unwanted(notify.notification_claim) owner to notify_engine;
comment on function engine.release_unwanted(notify.notification_claim) is
'Takes out of a claim what was retracted and what expired.';
