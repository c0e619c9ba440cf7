-- Takes from each limited target's tokens what the calls that this worker is about to get will cost, and has those wait for which there
-- are too few: Novu's own limit, shared by all workers. As late as can be, for it locks what all workers share, and in the targets'
-- order; targets without a limit take no lock. p_claim: its deliveries; null: it gets errands only. Polls
-- come last, and have what sends leave.
drop function if exists engine.take_tokens(notify.notification_claim); -- as it was before there were cancellations
create or replace function engine.take_tokens(p_worker text, p_claim notify.notification_claim) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_target record;
  v_count integer;
  v_cost integer;
  v_spent integer;
begin
  if not exists (select from notify.notification_target_limit) then
    return;
  end if;
  for v_target in
    select l as "limit", l.bulk_cost, d.keys, c.lane as cancelled_lane, c.cancelled_count, p.polled_count
    from notify.notification_target_limit as l
    left join (
      select
        coalesce(w.target, 'default') as target,
        array_agg((w.enterprise_id, w.notification_id, w.number)::engine.delivery_key order by w.attempt desc) as keys
      from unnest(p_claim.keys) as k
      inner join notify.notification_delivery as w
        on k.enterprise_id = w.enterprise_id and k.notification_id = w.notification_id and k.number = w.number
      where w.claim_id = p_claim.claim_id and w.delivery_status = 'OPEN'
      group by coalesce(w.target, 'default')
    ) as d on l.target = d.target
    left join (
      select w.target, min(w.lane) as lane, count(*)::integer as cancelled_count
      from notify.notification_cancellation as w
      where w.claimed_by = p_worker and not w.is_handed_over
      group by w.target
    ) as c on l.target = c.target
    left join (
      select w.target, count(*)::integer as polled_count
      from notify.notification_poll as w
      where w.is_chosen and w.claimed_by = p_worker and not w.is_handed_over
      group by w.target
    ) as p on l.target = p.target
    where d.keys is not null or c.cancelled_count is not null or p.polled_count is not null
    order by l.target
  loop
    v_count := coalesce(cardinality(v_target.keys), 0);
    if v_count > 0 then
      v_cost := v_count / 100 * least(100, v_target.bulk_cost) + least(v_count % 100, v_target.bulk_cost);
      v_spent := engine.spend_tokens(v_target.limit, p_claim.lane, v_cost);
      if v_spent < v_cost then
        perform engine.postpone_deliveries(v_target.limit, v_target.keys, v_spent);
      end if;
    end if;
    if v_target.cancelled_count > 0 then
      v_spent := engine.spend_tokens(v_target.limit, v_target.cancelled_lane, v_target.cancelled_count);
      if v_spent < v_target.cancelled_count then
        perform engine.postpone_cancellations(p_worker, v_target.limit, v_spent);
      end if;
    end if;
    if v_target.polled_count > 0 then
      v_spent := engine.spend_tokens(v_target.limit, 'poll', v_target.polled_count);
      if v_spent < v_target.polled_count then
        perform engine.postpone_polls(p_worker, v_target.limit, v_spent);
      end if;
    end if;
  end loop;
end
$$;

alter function engine.take_tokens(text, notify.notification_claim) owner to notify_engine;
comment on function engine.take_tokens(text, notify.notification_claim) is
'Takes the tokens of a worker''s next calls from their targets, and has what they do not reach for wait.';
