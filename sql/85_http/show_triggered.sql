-- What is answered about a notification that was triggered before, with 200; or now, with 201.
create or replace function http_v1.show_triggered(p_status integer, p_row notify.ent_notification)
returns http_v1.answer
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_transaction_id uuid := (
    select d.transaction_id
    from notify.notification_delivery as d
    where d.enterprise_id = p_row.enterprise_id and d.notification_id = p_row.id and d.number = 1
  );
begin
  return http_v1.say(
    p_status,
    jsonb_strip_nulls(
      jsonb_build_object(
        'notificationId', p_row.id, 'status', p_row.notification_status, 'workflowId', p_row.workflow_key,
        'enterpriseId', p_row.enterprise_id, 'transactionId', coalesce(p_row.transaction_id, v_transaction_id::text)
      )
    )
  );
end
$$;

alter function http_v1.show_triggered(integer, notify.ent_notification) owner to notify_owner;
comment on function http_v1.show_triggered(integer, notify.ent_notification) is 'What is answered about a notification that was triggered.';
