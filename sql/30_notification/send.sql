-- Sends a notification: the INSERT as a function, and with an idempotency key at most once. Runs as the caller, under its
-- policies and grants.
drop function if exists notify.send(
  text, uuid[], jsonb, text, text[], text, timestamptz, timestamptz, text, text, text, boolean, jsonb, text[]
); -- as it was before locales
drop function if exists notify.send(
  text, uuid[], jsonb, text, text[], text, timestamptz, timestamptz, text, text, text, boolean, jsonb, text[], text
); -- as it was before recipients' own values
create or replace function notify.send(
  p_workflow_key text,
  p_recipients uuid[],
  p_payload jsonb default '{}',
  p_idempotency_key text default null,
  p_channels text[] default null,
  p_priority text default null,
  p_scheduled_for timestamptz default null,
  p_expires_at timestamptz default null,
  p_name text default null,
  p_building text default null,
  p_time_zone text default null,
  p_is_drill boolean default false,
  p_overrides jsonb default '{}',
  p_tags text[] default '{}',
  p_locale text default null,
  p_recipient_payload jsonb default null,
  p_recipient_attributes jsonb default null
) returns uuid
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_id uuid;
begin
  insert into notify.ent_notification (
    workflow_key, recipients, payload, idempotency_key, channels, priority, scheduled_for, expires_at, name, building,
    time_zone, is_drill, overrides, tags, locale, recipient_payload, recipient_attributes
  )
  values (
    p_workflow_key, p_recipients, p_payload, p_idempotency_key, p_channels, p_priority, p_scheduled_for, p_expires_at,
    p_name, p_building, p_time_zone, p_is_drill, p_overrides, p_tags, p_locale, p_recipient_payload,
    p_recipient_attributes
  )
  on conflict (enterprise_id, idempotency_key) where idempotency_key is not null do nothing
  returning id into v_id;
  if v_id is null then
    select n.id into v_id
    from notify.ent_notification as n
    where n.enterprise_id = notify.current_enterprise_id() and n.idempotency_key = p_idempotency_key;
    if not found then
      raise exception using
        errcode = 'serialization_failure',
        message = 'another transaction has just used this idempotency key, and this one can''t see its notification',
        hint = 'Run the transaction again, as for any serialization failure; or use READ COMMITTED.';
    end if;
  end if;
  return v_id;
end
$$;

alter function notify.send(
  text, uuid[], jsonb, text, text[], text, timestamptz, timestamptz, text, text, text, boolean, jsonb, text[], text,
  jsonb, jsonb
) owner to notify_owner;
grant execute on function notify.send(
  text, uuid[], jsonb, text, text[], text, timestamptz, timestamptz, text, text, text, boolean, jsonb, text[], text,
  jsonb, jsonb
) to notify_platform;
comment on function notify.send(
  text, uuid[], jsonb, text, text[], text, timestamptz, timestamptz, text, text, text, boolean, jsonb, text[], text,
  jsonb, jsonb
) is
'Sends a notification for the enterprise in the context and returns its id: select notify.send(''fire-drill'', array[…]::uuid[], ''{"floor": 3}''). With an idempotency key that was used before, returns the notification of that time and sends nothing.';
