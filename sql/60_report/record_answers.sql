-- Writes the answers into their deliveries and returns what each became. An answer to an old attempt, or to what is finished,
-- changes nothing and is not returned: the fence. How often and how soon it is tried again is notification_retry_policy's. Only those of p_locked, whose notifications the caller
-- has locked; null: all of them. is_retracted: the notification was retracted meanwhile.
drop function if exists engine.record_answers(engine.answer[], engine.delivery_key[]); -- it returned less, twice
create or replace function engine.record_answers(p_answers engine.answer[], p_locked engine.delivery_key[])
returns table (
  enterprise_id uuid,
  notification_id uuid,
  number integer,
  claim_id bigint,
  outcome text,
  is_retracted boolean,
  measured engine.measured
)
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  return query
  with current as (
    select
      a.*, d.claim_id, d.lane, n.notification_status, n.expires_at, n.since, p.policy,
      d.failure_count + case when a.verdict in ('RETRY', 'AMBIGUOUS') then 1 else 0 end as failures
    from unnest(p_answers) as a
    inner join notify.notification_delivery as d
      on a.enterprise_id = d.enterprise_id and a.notification_id = d.notification_id and a.number = d.number
    cross join lateral (
      select n.notification_status, n.expires_at, greatest(n.created_at, n.scheduled_for) as since
      from notify.ent_notification as n
      where n.enterprise_id = a.enterprise_id and n.id = a.notification_id
      offset 0
    ) as n
    left join lateral (
      select r as policy
      from notify.notification_retry_policy as r
      where
        a.verdict <> 'SENT'
        and r.lane = d.lane
        and r.enterprise_id in (d.enterprise_id, '00000000-0000-0000-0000-000000000000')
      order by (r.enterprise_id = d.enterprise_id) desc
      limit 1
    ) as p on true
    where
      d.delivery_status = 'OPEN'
      and d.claim_id is not null
      and d.attempt = a.attempt
      and (p_locked is null or (a.enterprise_id, a.notification_id, a.number)::engine.delivery_key = any(p_locked))
    order by d.enterprise_id, d.notification_id, d.number
    for update of d
  ),
  decided as (
    select
      c.*,
      case
        when c.verdict = 'SENT' then 'SENT'
        when c.verdict = 'REFUSED' or c.failures >= coalesce((c.policy).failure_limit, 12) then 'FAILED'
        when c.notification_status = 'RETRACTED' then 'RETRACTED'
        else 'OPEN'
      end as status
    from current as c
  )
  update notify.notification_delivery as d
  set
    delivery_status = c.status,
    claim_id = null,
    due_at = case
      when c.status = 'OPEN'
        then least(
          notify.now() + engine.retry_delay(
            c.verdict, case c.verdict when 'AWAY' then c.attempt else c.failures end, c.retry_after, c.policy
          ),
          c.expires_at -- then it is claimed, and ends
        )
    end,
    failure_count = c.failures,
    is_alone = d.is_alone or c.verdict = 'SPLIT',
    doubtful_ids = case
      when c.verdict = 'AMBIGUOUS' then array_append(array_remove(d.doubtful_ids, d.transaction_id), d.transaction_id)
      else d.doubtful_ids
    end,
    http_status = coalesce(c.http_status, d.http_status),
    latency_ms = coalesce(c.latency_ms, d.latency_ms),
    error_details = case when c.status <> 'SENT' then coalesce(c.error_details, d.error_details) end,
    finished_at = case when c.status <> 'OPEN' then notify.now() end
  from decided as c
  where
    d.enterprise_id = c.enterprise_id
    and d.notification_id = c.notification_id
    and d.number = c.number
  returning
    d.enterprise_id, d.notification_id, d.number, c.claim_id,
    case c.status when 'OPEN' then 'RETRY' else c.status end, c.notification_status = 'RETRACTED',
    (c.claim_id, c.lane, case c.status when 'OPEN' then 'RETRY' else c.status end, c.since, c.latency_ms)::engine.measured;
end
$$;

alter function engine.record_answers(engine.answer[], engine.delivery_key[]) owner to notify_engine;
comment on function engine.record_answers(engine.answer[], engine.delivery_key[]) is
'Writes the answers of a report into their deliveries and returns what each became, but for the stale ones.';
