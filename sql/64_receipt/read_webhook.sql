-- What a webhook says, as a receipt: null where it says nothing of a message, and without a delivery where that is not one of ours. A
-- subscriber's id names the enterprise and the recipient; on a target with plain ids the enterprise is that whose target it is. The
-- delivery is found by the first 48 bits of the transactionId: see notify.new_transaction_id.
create or replace function engine.read_webhook(p_target text, p_event jsonb) returns engine.receipt
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  c_uuid constant text := '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}';
  v_message jsonb := p_event #> '{data,object}';
  v_subscriber text := coalesce(v_message ->> 'subscriberId', v_message #>> '{subscriber,subscriberId}');
  v_channel text := upper(v_message ->> 'channel');
  v_transaction text := v_message ->> 'transactionId';
  v_owner notify.notification_target;
  v_receipt engine.receipt;
begin
  v_receipt.receipt_status := case p_event ->> 'type'
    when 'message.sent' then 'DISPATCHED'
    when 'message.delivered' then 'DELIVERED'
    when 'message.seen' then 'SEEN'
    when 'message.read' then 'READ'
    when 'message.failed' then 'FAILED'
  end;
  if v_receipt.receipt_status is null or v_channel is null or v_channel not in ('EMAIL', 'IN_APP', 'SMS', 'PUSH', 'CHAT') then
    return null;
  end if;
  v_receipt.channel_type := v_channel;
  v_receipt.source := 'WEBHOOK';
  v_receipt.happened_at := engine.read_time(p_event ->> 'timestamp');
  v_receipt.detail := left(coalesce(v_message ->> 'errorText', v_message ->> 'errorId'), 500);
  select t.* into v_owner from notify.notification_target as t where t.target = p_target;
  if v_transaction is null or v_transaction !~ ('^' || c_uuid || '$') then
    return v_receipt;
  end if;
  v_receipt.transaction_id := v_transaction::uuid;
  if v_owner.has_plain_ids and v_subscriber ~ ('^' || c_uuid || '$') then
    v_receipt.enterprise_id := v_owner.enterprise_id;
    v_receipt.recipient := v_subscriber::uuid;
  elsif v_subscriber ~ ('^' || c_uuid || ':' || c_uuid || '$') then
    v_receipt.enterprise_id := split_part(v_subscriber, ':', 1)::uuid;
    v_receipt.recipient := split_part(v_subscriber, ':', 2)::uuid;
  end if;
  select d.notification_id, d.number
  into v_receipt.notification_id, v_receipt.number
  from notify.notification_delivery as d
  where
    d.enterprise_id = v_receipt.enterprise_id
    and d.notification_id between (left(v_transaction, 13) || '-0000-0000-000000000000')::uuid
    and (left(v_transaction, 13) || '-ffff-ffff-ffffffffffff')::uuid
    and (d.transaction_id = v_receipt.transaction_id or v_receipt.transaction_id = any(d.doubtful_ids))
    and v_receipt.recipient = any(d.recipients)
    and coalesce(d.target, 'default') = p_target;
  return v_receipt;
end
$$;

alter function engine.read_webhook(text, jsonb) owner to notify_engine;
comment on function engine.read_webhook(text, jsonb) is 'What a webhook of a target says, as a receipt; null: nothing of a message.';
