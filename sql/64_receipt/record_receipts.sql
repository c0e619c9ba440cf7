-- Writes what became of deliveries, from wherever it was learnt, and returns how many receipts moved. What comes late, twice or out of order
-- moves none backwards. Only after a replay, which goes out under a new transactionId, what went wrong with the earlier one is
-- forgotten. In the order of the keys, so that two calls can't deadlock; the delivery is held, so that it isn't pruned meanwhile.
create or replace function engine.record_receipts(p_receipts engine.receipt[]) returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_count integer;
begin
  with told as materialized (
    select distinct on (t.enterprise_id, t.notification_id, t.number, t.recipient, t.channel_type) t.*
    from unnest(p_receipts) as t
    order by
      t.enterprise_id, t.notification_id, t.number, t.recipient, t.channel_type,
      engine.receipt_rank(t.receipt_status) desc, t.happened_at
  ),
  held as materialized (
    select t.*
    from told as t
    inner join notify.notification_delivery as d
      on t.enterprise_id = d.enterprise_id and t.notification_id = d.notification_id and t.number = d.number
    where t.recipient = any(d.recipients)
    order by t.enterprise_id, t.notification_id, t.number, t.recipient, t.channel_type
    for key share of d
  )
  insert into notify.notification_receipt as r (
    enterprise_id, notification_id, number, recipient, channel_type, transaction_id, receipt_status, happened_at, detail,
    source
  )
  select
    h.enterprise_id, h.notification_id, h.number, h.recipient, h.channel_type, h.transaction_id, h.receipt_status,
    h.happened_at, h.detail, h.source
  from held as h
  on conflict (enterprise_id, notification_id, number, recipient, channel_type) do update set
    transaction_id = excluded.transaction_id,
    receipt_status = excluded.receipt_status,
    happened_at = excluded.happened_at,
    detail = excluded.detail,
    source = excluded.source,
    recorded_at = notify.now()
  where
    engine.receipt_rank(excluded.receipt_status) > engine.receipt_rank(r.receipt_status)
    or (
      r.receipt_status in ('UNKNOWN', 'SKIPPED', 'FAILED')
      and excluded.transaction_id <> r.transaction_id
      and excluded.transaction_id = (
        select d.transaction_id
        from notify.notification_delivery as d
        where d.enterprise_id = r.enterprise_id and d.notification_id = r.notification_id and d.number = r.number
      )
    );
  get diagnostics v_count = row_count;
  return v_count;
end
$$;

alter function engine.record_receipts(engine.receipt[]) owner to notify_engine;
comment on function engine.record_receipts(engine.receipt[]) is 'Writes what became of deliveries, and returns how many receipts moved.';
