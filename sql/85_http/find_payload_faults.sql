-- Where a notification's payload breaks its workflow's schema: the faults of the first recipient whose payload does, its own values merged
-- in as the rendering has them; null: nowhere.
create or replace function http_v1.find_payload_faults(p_row notify.ent_notification, p_schema text) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_payload jsonb;
  v_faults jsonb;
begin
  for v_payload in
    select distinct coalesce(p_row.payload, '{}') || coalesce(p_row.recipient_payload -> r.recipient::text, '{}')
    from unnest(p_row.recipients) as r (recipient)
  loop
    v_faults := nullif(template.validate_payload(p_schema, v_payload::text), '[]');
    exit when v_faults is not null;
  end loop;
  return v_faults;
end
$$;

alter function http_v1.find_payload_faults(notify.ent_notification, text) owner to notify_owner;
comment on function http_v1.find_payload_faults(notify.ent_notification, text) is 'Where a payload breaks its workflow''s schema.';
