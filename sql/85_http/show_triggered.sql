-- What is answered about notifications that were triggered, by id; of all of them at once, since each look asks the policies.
create or replace function http_v1.show_triggered(p_ids uuid[]) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_enterprise_id uuid := notify.current_enterprise_id();
begin
  return (
    select
      jsonb_object_agg(
        n.id,
        jsonb_strip_nulls(
          jsonb_build_object(
            'notificationId', n.id, 'status', n.notification_status, 'workflowId', n.workflow_key, 'enterpriseId', n.enterprise_id,
            'transactionId', coalesce(n.transaction_id, d.transaction_id::text)
          )
        )
      )
    from unnest(p_ids) as i (id)
    cross join lateral (
      select w.* from notify.ent_notification as w where w.enterprise_id = v_enterprise_id and w.id = i.id offset 0
    ) as n
    left join lateral (
      select w.transaction_id
      from notify.notification_delivery as w
      where w.enterprise_id = v_enterprise_id and w.notification_id = i.id and w.number = 1
      offset 0
    ) as d on true
  );
end
$$;

alter function http_v1.show_triggered(uuid[]) owner to notify_owner;
comment on function http_v1.show_triggered(uuid[]) is 'What is answered about notifications that were triggered, by id.';
