-- Takes from each limited target's tokens what this claim's calls will cost, and has those deliveries wait for which there are too few:
-- Novu's own limit, shared by all workers. A part of the tokens is the critical lane's alone. As late as can be, for it locks what
-- all workers share; targets without a limit take no lock.
create or replace function engine.take_tokens(p_claim notify.notification_claim) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_target record;
  v_tokens double precision;
  v_usable double precision;
  v_cost integer;
begin
  if not exists (select from notify.notification_target_limit) then
    return;
  end if;
  for v_target in
    select
      l.target, l.tokens_per_second, l.burst, l.bulk_cost, l.critical_share,
      array_agg((d.enterprise_id, d.notification_id, d.number)::engine.delivery_key order by d.attempt desc) as keys
    from unnest(p_claim.keys) as k
    inner join notify.notification_delivery as d
      on k.enterprise_id = d.enterprise_id and k.notification_id = d.notification_id and k.number = d.number
    left join notify.notification_target as t on d.enterprise_id = t.enterprise_id
    inner join notify.notification_target_limit as l on coalesce(t.target, 'default') = l.target
    where d.claim_id = p_claim.claim_id and d.delivery_status = 'OPEN'
    group by l.target
    order by l.target
  loop
    insert into notify.notification_target_state (target) values (v_target.target)
    on conflict (target) do nothing;
    select
      least(
        v_target.burst,
        coalesce(s.tokens, v_target.burst)
        + coalesce(extract(epoch from clock_timestamp() - s.refilled_at), 0) * v_target.tokens_per_second
      )
    into v_tokens
    from notify.notification_target_state as s
    where s.target = v_target.target
    for no key update;
    v_usable := v_tokens - case p_claim.lane when 'critical' then 0 else v_target.burst * v_target.critical_share end;
    v_cost := (
      cardinality(v_target.keys) / 100 * least(100, v_target.bulk_cost)
      + least(cardinality(v_target.keys) % 100, v_target.bulk_cost)
    );
    if v_usable < v_cost then
      v_cost := greatest(0, floor(v_usable));
      -- what is left over goes one by one, the rest when there are tokens for it
      update notify.notification_delivery as d
      set
        claim_id = null,
        due_at = notify.now() + interval '1 second' * (least(u.place, v_target.burst) / v_target.tokens_per_second)
      from unnest(v_target.keys) with ordinality as u (enterprise_id, notification_id, number, place)
      where
        u.place > v_cost
        and d.enterprise_id = u.enterprise_id
        and d.notification_id = u.notification_id
        and d.number = u.number;
    end if;
    update notify.notification_target_state as s
    set tokens = v_tokens - v_cost, refilled_at = clock_timestamp()
    where s.target = v_target.target;
  end loop;
end
$$;

alter function engine.take_tokens(notify.notification_claim) owner to notify_engine;
comment on function engine.take_tokens(notify.notification_claim) is
'Takes the tokens of a claim''s calls from its targets, and has what they do not reach for wait.';
