-- Why each recipient did or did not get a notification: the function for people, which engine.explain does the work of.
create or replace function notify.explain(p_id uuid, p_recipient uuid default null) returns table (
  place bigint,
  at timestamptz,
  recipient uuid,
  recipient_count bigint,
  number integer,
  channel_type text,
  verdict text,
  sentence text,
  workflow_key text,
  workflow_version integer,
  template_key text,
  attempts integer,
  error_code text
)
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select * from engine.explain(p_id, p_recipient)
$$;

alter function notify.explain(uuid, uuid) owner to notify_owner;
grant execute on function notify.explain(uuid, uuid)
to notify_platform, notify_analyst, notify_analyst_all, notify_admin;
comment on function notify.explain(uuid, uuid) is
'Why each recipient did or did not get a notification, on each channel, in sentences: select * from notify.explain(''<id>''). With p_recipient, of that one alone. First what it went through as a whole, without a recipient_count, then a row a recipient and channel; who may not read recipients gets a row for all of whom the same is to be said.';
