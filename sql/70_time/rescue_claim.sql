-- Takes back what a worker let run out. Rendered: its request may have reached Novu, so it goes out again under the same
-- transactionId, or, where it was retracted meanwhile, is cancelled and corrected. Not rendered: the rendering may have killed its backend, so each goes alone from now on, and after three such
-- strikes it is FAILED (of the critical lane after five: it goes out as its fallback after two). A restart of the server says
-- nothing about those that were claimed together, so it is no strike for them; one that was alone is struck by that too, for
-- where the server restarts after any crash (restart_after_crash off) the two look the same. The caller holds the locks of the claim and of its notifications.
create or replace function engine.rescue_claim(p_claim notify.notification_claim) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_struck engine.notification_key[];
  v_retracted engine.delivery_key[];
begin
  with rescued as (
    update notify.notification_delivery as d
    set
      claim_id = null,
      strike_count = s.strikes,
      is_alone = d.is_alone or p_claim.rendered_at is null,
      doubtful_ids = case
        when p_claim.rendered_at is not null
          then array_append(array_remove(d.doubtful_ids, d.transaction_id), d.transaction_id)
        else d.doubtful_ids
      end,
      delivery_status = case
        when s.is_out then 'FAILED'
        when n.notification_status = 'RETRACTED' then 'RETRACTED'
        else 'OPEN'
      end,
      due_at = case when not s.is_out and n.notification_status <> 'RETRACTED' then notify.now() end,
      finished_at = case when s.is_out or n.notification_status = 'RETRACTED' then notify.now() end,
      error_details = case
        when s.is_out then engine.crashed_fault(s.strikes)
        else d.error_details
      end
    from unnest(p_claim.keys) as k
    cross join lateral (
      select n.notification_status
      from notify.ent_notification as n
      where n.enterprise_id = k.enterprise_id and n.id = k.notification_id
      offset 0
    ) as n
    inner join notify.notification_delivery as h
      on k.enterprise_id = h.enterprise_id and k.notification_id = h.notification_id and k.number = h.number
    cross join lateral (
      select
        t.strikes,
        p_claim.rendered_at is null and t.strikes >= case p_claim.lane when 'critical' then 5 else 3 end as is_out
      from (
        select
          h.strike_count + case
            when
              p_claim.rendered_at is null
              and (cardinality(p_claim.keys) = 1 or p_claim.claimed_at > pg_postmaster_start_time())
              then 1
            else 0
          end as strikes
      ) as t
    ) as s
    where
      d.enterprise_id = k.enterprise_id
      and d.notification_id = k.notification_id
      and d.number = k.number
      and d.claim_id = p_claim.claim_id
    returning d.enterprise_id, d.notification_id, d.number, d.delivery_status, n.notification_status
  )
  select
    array_agg((r.enterprise_id, r.notification_id)::engine.notification_key) filter (where r.delivery_status = 'FAILED'),
    array_agg((r.enterprise_id, r.notification_id, r.number)::engine.delivery_key) filter (where r.notification_status = 'RETRACTED')
  into v_struck, v_retracted
  from rescued as r;
  if v_struck is not null then
    perform engine.finish_notifications('tick', v_struck);
  end if;
  if v_retracted is not null then
    perform engine.follow_retractions(v_retracted);
  end if;
  delete from notify.notification_claim as c where c.claim_id = p_claim.claim_id;
end
$$;

alter function engine.rescue_claim(notify.notification_claim) owner to notify_engine;
comment on function engine.rescue_claim(notify.notification_claim) is 'Puts what a run-out claim still holds back to work.';
