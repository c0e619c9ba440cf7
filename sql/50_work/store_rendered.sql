-- Keeps what was rendered and moves the notifications to PROCESSING, with their history: three statements in one, set-based. What is
-- rendered of a notification later, for other recipients, is kept under the time of the first.
drop function if exists engine.store_rendered(text, engine.render_item[], text[], text[]); -- as it was before it took the time
create or replace function engine.store_rendered(
  p_worker text,
  p_items engine.render_item[],
  p_contents text[],
  p_warnings text[],
  p_seconds real
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
      context, fault, number, variant, rendered_at, fallback, content, warnings
    )
    where r.content is not null
  ),
  stored as (
    insert into notify.notification_content (
      enterprise_id, notification_id, variant, rendered_at, workflow_enterprise_id, workflow_id, workflow_version, content,
      warnings
    )
    select
      r.enterprise_id, r.notification_id, r.variant, coalesce(r.rendered_at, notify.now()), r.workflow_enterprise_id,
      r.workflow_id, r.workflow_version, r.content::json, r.warnings::json
    from rendered as r
  ),
  moved as (
    update notify.ent_notification as n
    set
      notification_status = 'PROCESSING',
      workflow_version = r.workflow_version,
      rendered_channels = r.channels,
      rendered_at = notify.now(),
      render_seconds = p_seconds,
      expires_at = r.expires_at,
      warnings = case
        when n.recipient_payload is null and n.recipient_attributes is null then r.warnings::jsonb
        else (
          select jsonb_agg(w.warning)
          from (
            select u as warning
            from jsonb_array_elements(n.warnings) as u
            where u ->> 'field' in ('recipient_payload', 'recipient_attributes') -- of the INSERT
            union all
            select jsonb_array_elements((
              select o.warnings::jsonb
              from rendered as o
              where o.enterprise_id = n.enterprise_id and o.notification_id = n.id and o.warnings is not null
              limit 1
            ))
          ) as w
        )
      end
    from rendered as r
    where n.enterprise_id = r.enterprise_id and n.id = r.notification_id and r.rendered_at is null
    returning n.enterprise_id, n.id
  ),
  warned as (
    update notify.ent_notification as n
    set warnings = r.warnings::jsonb
    from rendered as r
    where
      r.rendered_at is not null
      and r.warnings is not null
      and n.enterprise_id = r.enterprise_id
      and n.id = r.notification_id
      and n.warnings is null
  )
  insert into notify.notification_history
    (enterprise_id, notification_id, happened_at, from_status, to_status, actor)
  select m.enterprise_id, m.id, notify.now(), 'PENDING', 'PROCESSING', p_worker
  from moved as m;
end
$$;

alter function engine.store_rendered(text, engine.render_item[], text[], text[], real) owner to notify_engine;
comment on function engine.store_rendered(text, engine.render_item[], text[], text[], real) is
'Keeps rendered contents and moves their notifications to PROCESSING. p_seconds: how long each took.';
