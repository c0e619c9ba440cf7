-- Sends a notification of the published version to one person for real, marked as a test in its subject and in its record. Owned by
-- notify_owner, to whom the tenant's policies apply, since a manager may not insert notifications otherwise.
create or replace function notify.test_send(
  p_workflow_key text,
  p_recipient uuid,
  p_payload jsonb default '{}',
  p_channels text[] default null,
  p_locale text default null
) returns uuid
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_enterprise_id uuid := notify.managed_enterprise_id();
  v_workflow notify.ent_notification_workflow := notify.published_workflow(p_workflow_key);
  v_id uuid;
begin
  if v_enterprise_id = '00000000-0000-0000-0000-000000000000' then
    perform notify.raise_error(
      'XN001',
      'no enterprise is chosen: a test goes to somebody of an enterprise',
      'select notify.set_enterprise(''<id of the enterprise>'') in the same transaction, before this statement.'
    );
  end if;
  insert into notify.ent_notification
    (enterprise_id, name, workflow_key, recipients, payload, channels, locale, is_test, tags)
  values (
    v_enterprise_id, 'Test by ' || session_user, v_workflow.workflow_key, array[p_recipient], p_payload, p_channels,
    p_locale, true, '{test}'
  )
  returning id into v_id;
  return v_id;
end
$$;

alter function notify.test_send(text, uuid, jsonb, text[], text) owner to notify_owner;
grant execute on function notify.test_send(text, uuid, jsonb, text[], text) to notify_platform, notify_manager;
comment on function notify.test_send(text, uuid, jsonb, text[], text) is
'Sends one notification for real, with [TEST] before its subject and is_test in its record, and returns its id: select notify.test_send(''fire-alarm'', ''<id of a recipient>'', ''{"floor": 3}'').';
