-- Has the deliveries wait for which a target has no tokens: all but the first p_paid, which go one by one, each until there is one for it.
create or replace function engine.postpone_deliveries(
  p_limit notify.notification_target_limit,
  p_keys engine.delivery_key[],
  p_paid integer
) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  update notify.notification_delivery as d
  set
    claim_id = null,
    due_at = notify.now() + interval '1 second' * (least(u.place, p_limit.burst) / p_limit.tokens_per_second)
  from unnest(p_keys) with ordinality as u (enterprise_id, notification_id, number, place)
  where
    u.place > p_paid
    and d.enterprise_id = u.enterprise_id
    and d.notification_id = u.notification_id
    and d.number = u.number;
end
$$;

alter function engine.postpone_deliveries(notify.notification_target_limit, engine.delivery_key[], integer)
owner to notify_engine;
comment on function engine.postpone_deliveries(notify.notification_target_limit, engine.delivery_key[], integer) is
'Has deliveries wait for which a target has no tokens.';
