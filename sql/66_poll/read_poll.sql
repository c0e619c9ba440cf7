-- What an answer to a poll says, as receipts; one without a status is of a job that is not done. Nothing of it is believed but what is of
-- this very delivery: its transactionId, a recipient of its by the id that it has at Novu, and a channel that was rendered. An answer
-- without a subscriber's id, as older releases give it, is of the only recipient, where there is one.
create or replace function engine.read_poll(p_poll notify.notification_poll, p_data jsonb) returns engine.receipt[]
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return array(
    with delivery as (
      select
        d.transaction_id, d.recipients, n.rendered_channels,
        exists (
          select from notify.notification_target as t
          where t.enterprise_id = d.enterprise_id and t.target = p_poll.target and t.has_plain_ids
        ) as has_plain_ids
      from notify.notification_delivery as d
      inner join notify.ent_notification as n on d.enterprise_id = n.enterprise_id and d.notification_id = n.id
      where
        d.enterprise_id = p_poll.enterprise_id
        and d.notification_id = p_poll.notification_ids[1]
        and d.number = p_poll.numbers[1]
    ),
    item as (
      select i.item, coalesce(i.item #>> '{subscriber,subscriberId}', i.item #>> '{to,subscriberId}') as subscriber
      from jsonb_path_query(p_data, 'lax $[0 to 199] ? (@.type() == "object")') as i (item)
    ),
    step as (
      select
        i.item, i.subscriber, j.job ->> 'type' as channel, engine.read_job(j.job) as receipt_status,
        coalesce(j.job ->> 'updatedAt', j.job #>> '{executionDetails,-1,createdAt}', i.item ->> 'updatedAt') as happened_at,
        case when engine.read_job(j.job) not in ('DISPATCHED') then (
          select concat_ws(': ', x.detail ->> 'detail', case when engine.read_job(j.job) = 'FAILED' then x.detail ->> 'raw' end)
          from jsonb_path_query(j.job, 'lax $.executionDetails[0 to 49]') with ordinality as x (detail, place)
          order by (x.detail ->> 'status' = 'Failed') desc nulls last, x.place desc
          limit 1
        ) end as detail
      from item as i
      cross join lateral jsonb_path_query(i.item, 'lax $.jobs[0 to 49] ? (@.type() == "object")') as j (job)
      where p_poll.question = 'NOTIFICATIONS'
      union all
      select
        i.item, i.subscriber, i.item ->> 'channel', engine.read_message(i.item),
        coalesce(
          i.item ->> 'lastReadDate', i.item ->> 'lastSeenDate', i.item #>> '{deliveredAt,-1}', i.item ->> 'updatedAt',
          i.item ->> 'createdAt'
        ),
        case when engine.read_message(i.item) = 'FAILED' then coalesce(i.item ->> 'errorText', i.item ->> 'errorId') end
      from item as i
      where p_poll.question = 'MESSAGES'
    )
    select (
      p_poll.enterprise_id, p_poll.notification_ids[1], p_poll.numbers[1], r.recipient, upper(s.channel), d.transaction_id,
      s.receipt_status, engine.read_time(s.happened_at), left(s.detail, 500), 'POLL'
    )::engine.receipt
    from delivery as d
    cross join lateral unnest(d.recipients) as r (recipient)
    inner join step as s
      on s.subscriber = case when d.has_plain_ids then '' else p_poll.enterprise_id::text || ':' end || r.recipient::text
      or (s.subscriber is null and cardinality(d.recipients) = 1)
    where
      s.channel in ('email', 'in_app', 'sms', 'push', 'chat')
      and (d.rendered_channels is null or upper(s.channel) = any(d.rendered_channels))
      and coalesce(s.item ->> 'transactionId', d.transaction_id::text) = d.transaction_id::text
  );
end
$$;

alter function engine.read_poll(notify.notification_poll, jsonb) owner to notify_engine;
comment on function engine.read_poll(notify.notification_poll, jsonb) is 'What an answer to a poll says, as receipts; without a status: not done yet.';
