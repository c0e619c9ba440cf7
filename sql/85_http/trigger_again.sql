-- Triggers a notification that exists: tries again what failed of it; one that is waiting, under way or sent stays as it is.
create or replace function http_v1.trigger_again(p_event jsonb) returns http_v1.answer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_id uuid := p_event ->> 'notificationId';
  v_row notify.ent_notification;
  v_enterprise_id uuid := notify.current_enterprise_id();
begin
  select * into v_row
  from notify.ent_notification as n
  where n.enterprise_id = v_enterprise_id and n.id = v_id;
  if not found then
    return http_v1.refuse_notification();
  elsif v_row.workflow_key <> p_event ->> 'workflowId' then
    return http_v1.refuse(409, 'workflow_differs', format('It is a notification of workflow %s.', v_row.workflow_key));
  elsif v_row.notification_status = 'RETRACTED' then
    return http_v1.refuse(409, 'retracted', 'It was retracted: trigger a new one.');
  elsif v_row.notification_status = 'FAILED' and not exists (select from notify.replay(p_id => v_id)) then
    return http_v1.refuse(
      409, 'not_replayable', 'Nothing of it can be tried again: ' || coalesce(v_row.error_details ->> 'message', 'it expired')
    );
  end if;
  select * into v_row from notify.ent_notification as n where n.enterprise_id = v_enterprise_id and n.id = v_id; -- as it is now
  return http_v1.show_triggered(200, v_row);
end
$$;

alter function http_v1.trigger_again(jsonb) owner to notify_owner;
comment on function http_v1.trigger_again(jsonb) is 'Triggers a notification that exists.';
