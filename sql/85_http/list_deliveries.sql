-- The first 100 deliveries of a notification.
create or replace function http_v1.list_deliveries(p_enterprise_id uuid, p_id uuid) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select
      coalesce(
        jsonb_agg(
          jsonb_build_object(
            'number', d.number, 'transactionId', d.transaction_id, 'lane', d.lane, 'status', d.delivery_status,
            'recipientCount', d.recipient_count, 'attempts', d.attempt, 'nextAttemptAt', d.due_at, 'httpStatus', d.http_status,
            'latencyMs', d.latency_ms, 'error', d.error_details, 'finishedAt', d.finished_at
          ) order by d.number
        ), '[]'
      )
    from (
      select w.*
      from notify.notification_delivery as w
      where w.enterprise_id = p_enterprise_id and w.notification_id = p_id
      order by w.number
      limit 100
    ) as d
  );
end
$$;

alter function http_v1.list_deliveries(uuid, uuid) owner to notify_owner;
comment on function http_v1.list_deliveries(uuid, uuid) is 'The first 100 deliveries of a notification.';
