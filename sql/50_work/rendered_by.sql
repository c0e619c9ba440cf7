-- The version of the workflow by which a notification's first part was rendered: the rest goes by it, too, whatever was published
-- meanwhile. Strict, so that engine.find_render_items calls it for nothing else.
create or replace function engine.rendered_by(p_enterprise_id uuid, p_notification_id uuid, p_rendered_at timestamptz)
returns table (workflow_enterprise_id uuid, workflow_id uuid, version integer)
language plpgsql
stable
strict
rows 1
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select c.workflow_enterprise_id, c.workflow_id, c.workflow_version
  from notify.notification_content as c
  where
    c.enterprise_id = p_enterprise_id
    and c.notification_id = p_notification_id
    and c.rendered_at = p_rendered_at
  limit 1;
end
$$;

alter function engine.rendered_by(uuid, uuid, timestamptz) owner to notify_engine;
comment on function engine.rendered_by(uuid, uuid, timestamptz) is
'The version of the workflow by which a notification''s first part was rendered.';
