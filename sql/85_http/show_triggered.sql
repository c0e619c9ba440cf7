-- What is answered about a notification that was triggered.
create or replace function http_v1.show_triggered(p_status integer, p_id uuid) returns http_v1.answer
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select
      http_v1.say(
        p_status,
        jsonb_strip_nulls(
          jsonb_build_object(
            'notificationId', n.id, 'status', n.notification_status, 'workflowId', n.workflow_key, 'enterpriseId', n.enterprise_id,
            'transactionId', coalesce(n.transaction_id, d.transaction_id::text)
          )
        )
      )
    from notify.ent_notification as n
    left join notify.notification_delivery as d
      on n.enterprise_id = d.enterprise_id and n.id = d.notification_id and d.number = 1
    where n.enterprise_id = notify.current_enterprise_id() and n.id = p_id
  );
end
$$;

alter function http_v1.show_triggered(integer, uuid) owner to notify_owner;
comment on function http_v1.show_triggered(integer, uuid) is 'What is answered about a notification that was triggered.';
