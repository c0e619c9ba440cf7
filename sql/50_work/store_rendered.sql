-- Keeps what was rendered and moves the notifications to PROCESSING, with their history: three statements in one, set-based.
create or replace function engine.store_rendered(
  p_worker text,
  p_items engine.render_item[],
  p_contents text[],
  p_warnings text[]
) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  with rendered as (
    select r.*
    from unnest(p_items, p_contents, p_warnings) as r (
      enterprise_id, notification_id, workflow_enterprise_id, workflow_id, workflow_version, channels, expires_at, payload,
      context, fault, fallback, content, warnings
    )
    where r.content is not null
  ),
  stored as (
    insert into notify.notification_content (
      enterprise_id, notification_id, rendered_at, workflow_enterprise_id, workflow_id, workflow_version, content, warnings
    )
    select
      r.enterprise_id, r.notification_id, notify.now(), r.workflow_enterprise_id, r.workflow_id, r.workflow_version,
      r.content::json, r.warnings::json
    from rendered as r
  ),
  moved as (
    update notify.ent_notification as n
    set
      notification_status = 'PROCESSING',
      workflow_version = r.workflow_version,
      rendered_channels = r.channels,
      rendered_at = notify.now(),
      expires_at = r.expires_at,
      warnings = r.warnings::jsonb
    from rendered as r
    where n.enterprise_id = r.enterprise_id and n.id = r.notification_id
    returning n.enterprise_id, n.id
  )
  insert into notify.notification_history
    (enterprise_id, notification_id, happened_at, from_status, to_status, actor)
  select m.enterprise_id, m.id, notify.now(), 'PENDING', 'PROCESSING', p_worker
  from moved as m;
end
$$;

alter function engine.store_rendered(text, engine.render_item[], text[], text[]) owner to notify_engine;
comment on function engine.store_rendered(text, engine.render_item[], text[], text[]) is
'Keeps rendered contents and moves their notifications to PROCESSING.';
