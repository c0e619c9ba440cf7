-- Gives back to the enterprises what they paid for the deliveries of a claim that are handed back: for which there was no token, no time to
-- render them, or whose notification somebody had locked. They pay when they are admitted again.
create or replace function engine.return_allowance(p_claim notify.notification_claim) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if p_claim.lane = 'critical' or not exists (select from notify.notification_enterprise_limit) then
    return;
  end if;
  update notify.notification_enterprise_state as s
  set allowance = s.allowance + r.recipient_count
  from (
    select e.enterprise_id, b.recipient_count
    from (
      select d.enterprise_id, sum(d.recipient_count) as recipient_count
      from unnest(p_claim.keys) as k
      inner join notify.notification_delivery as d
        on k.enterprise_id = d.enterprise_id and k.notification_id = d.notification_id and k.number = d.number
      where d.delivery_status = 'OPEN' and d.claim_id is null
      group by d.enterprise_id
    ) as b
    inner join notify.notification_enterprise_state as e on b.enterprise_id = e.enterprise_id
    order by e.enterprise_id
    for no key update of e
  ) as r
  where s.enterprise_id = r.enterprise_id;
end
$$;

alter function engine.return_allowance(notify.notification_claim) owner to notify_engine;
comment on function engine.return_allowance(notify.notification_claim) is
'Gives back what was paid from enterprises'' limits for deliveries of a claim that are handed back.';
