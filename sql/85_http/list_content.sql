-- What was rendered for a notification: for everybody, and for the first recipients with values of their own, 100 in all.
create or replace function http_v1.list_content(p_enterprise_id uuid, p_id uuid) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select
      coalesce(
        jsonb_agg(
          jsonb_build_object(
            'recipient', nullif(c.variant, ''), 'workflowVersion', c.workflow_version, 'renderedAt', c.rendered_at,
            'content', c.content, 'warnings', c.warnings
          ) order by c.rendered_at, c.variant
        ), '[]'
      )
    from (
      select w.*
      from notify.notification_content as w
      where w.enterprise_id = p_enterprise_id and w.notification_id = p_id
      order by w.rendered_at, w.variant
      limit 100
    ) as c
  );
end
$$;

alter function http_v1.list_content(uuid, uuid) owner to notify_owner;
comment on function http_v1.list_content(uuid, uuid) is 'What was rendered for a notification.';
