-- Holds something back, and lets it go again. They run as the admin, under its policies: the audit trail has its name.
create or replace function notify.pause(p_kind text, p_name text, p_reason text) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into notify.notification_pause (enterprise_id, kind, name, reason)
  select p.enterprise_id, p.kind, p.name, p_reason
  from notify.read_pause(p_kind, p_name) as p
  on conflict (enterprise_id, kind, name) do nothing;
end
$$;

alter function notify.pause(text, text, text) owner to notify_owner;
grant execute on function notify.pause(text, text, text) to notify_admin;
comment on function notify.pause(text, text, text) is
'Holds something back from now on: select notify.pause(''ENTERPRISE'', ''<id>'', ''moving house''); WORKFLOW with a key (the enterprise''s in the context, or without one the shared workflow), LANE with critical, normal or bulk, TARGET with a name.';
