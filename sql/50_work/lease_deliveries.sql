-- Gives deliveries to a claim, counts the attempt and notes the target that it goes to; returns those that were still to be had. A hint may point at what is
-- finished by now, such as a retracted notification. What somebody else has locked (a retraction that is not committed) is not
-- waited for: it gets a new hint, a second later.
create or replace function engine.lease_deliveries(p_claim_id bigint, p_lane text, p_keys engine.delivery_key[])
returns engine.delivery_key[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_keys engine.delivery_key[];
begin
  with locked as (
    select d.enterprise_id, d.notification_id, d.number
    from unnest(p_keys) as k
    inner join notify.notification_delivery as d
      on k.enterprise_id = d.enterprise_id and k.notification_id = d.notification_id and k.number = d.number
    where d.delivery_status = 'OPEN' and d.claim_id is null and d.due_at is null
    order by d.enterprise_id, d.notification_id, d.number
    for update of d skip locked
  ),
  taken as (
    update notify.notification_delivery as d
    set
      claim_id = p_claim_id,
      attempt = d.attempt + 1,
      target = (select t.target from notify.notification_target as t where t.enterprise_id = d.enterprise_id)
    from locked as l
    where
      d.enterprise_id = l.enterprise_id
      and d.notification_id = l.notification_id
      and d.number = l.number
    returning (d.enterprise_id, d.notification_id, d.number)::engine.delivery_key as key
  )
  select coalesce(array_agg(t.key), '{}') into v_keys from taken as t;
  if cardinality(v_keys) < cardinality(p_keys) then
    perform engine.hint_again(p_lane, p_keys);
  end if;
  return v_keys;
end
$$;

alter function engine.lease_deliveries(bigint, text, engine.delivery_key[]) owner to notify_engine;
comment on function engine.lease_deliveries(bigint, text, engine.delivery_key[]) is
'Gives deliveries to a claim and returns those that were still to be had.';
