-- Leases up to 20 cancellations of a lane, which is little beside its deliveries, and returns how many. The lease is due_at: what is never
-- reported is due again a second after it ended, and Novu may be asked twice. A paused target is not called, nor one whose breaker is open
-- but on the critical lane; what else is paused is cancelled nonetheless, since nothing is sent by it. After a day it is given up.
create or replace function engine.claim_cancellations(
  p_worker text,
  p_lane text,
  p_lease interval,
  p_is_held boolean
) returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  c_most constant integer := 20;
  v_now timestamptz := notify.now();
  v_enterprises uuid[] := engine.next_cancelling(p_lane, c_most);
  v_count integer;
begin
  if cardinality(v_enterprises) = 0 then
    return 0;
  end if;
  with due as materialized (
    select d.*
    from unnest(v_enterprises) as e (enterprise_id)
    cross join lateral (
      select c.enterprise_id, c.notification_id, c.transaction_id, c.target, c.requested_at
      from notify.notification_cancellation as c
      where c.enterprise_id = e.enterprise_id and c.lane = p_lane and c.due_at <= v_now
      order by c.due_at
      limit c_most / cardinality(v_enterprises)
      for update skip locked
    ) as d
  ),
  decided as (
    select
      d.*,
      d.requested_at < v_now - interval '1 day' as is_given_up,
      case when p_is_held then (
        select max(h.held_until)
        from (
          select v_now + interval '10 seconds' as held_until
          from notify.notification_pause as p
          where p.kind = 'TARGET' and p.name = d.target
          union all
          select s.open_until
          from notify.notification_target_state as s
          where s.target = d.target and s.open_until > v_now and p_lane <> 'critical'
        ) as h
      ) end as held_until
    from due as d
  ),
  taken as (
    update notify.notification_cancellation as c
    set
      cancellation_status = case when d.is_given_up then 'GIVEN_UP' else 'OPEN' end,
      due_at = case
        when not d.is_given_up then coalesce(d.held_until, v_now + p_lease + interval '1 second')
      end,
      claimed_by = case when not d.is_given_up and d.held_until is null then p_worker end,
      is_handed_over = false,
      attempt = c.attempt + case when not d.is_given_up and d.held_until is null then 1 else 0 end,
      finished_at = case when d.is_given_up then v_now end
    from decided as d
    where
      c.enterprise_id = d.enterprise_id
      and c.notification_id = d.notification_id
      and c.transaction_id = d.transaction_id
    returning c.claimed_by
  )
  select count(t.claimed_by) into v_count from taken as t;
  return v_count;
end
$$;

alter function engine.claim_cancellations(text, text, interval, boolean) owner to notify_engine;
comment on function engine.claim_cancellations(text, text, interval, boolean) is 'Leases cancellations of a lane to a worker, and returns how many.';
