-- Shows which workflow a key means for the enterprise in the context, and why: the winner first, then what it wins over. The
-- channels are the published version's.
create or replace function notify.resolve_workflow(p_workflow_key text)
returns table (
  is_used boolean,
  workflow_type text,
  enterprise_id uuid,
  workflow_id uuid,
  version integer,
  default_channels text[],
  reason text
)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_enterprise_id uuid := notify.current_enterprise_id();
begin
  return query
  select
    coalesce(is_usable and row_number() over (partition by is_usable order by workflow_type) = 1, false),
    workflow_type, enterprise_id, id, published_version, default_channels,
    case
      when publish_status = 'DRAFT' then 'not published: notify.publish makes its first version'
      when deactivated then 'deactivated'
      when row_number() over (partition by is_usable order by workflow_type) > 1
        then 'hidden by the enterprise''s own workflow of the same key'
      when workflow_type = 'DYNAMIC' then 'the enterprise''s own workflow comes first'
      else 'shared, and the enterprise has no workflow of its own with this key that is published and active'
    end
  from (
    select
      w.workflow_type, w.enterprise_id, w.id, w.published_version, w.publish_status, w.deactivated,
      coalesce(v.default_channels, w.default_channels) as default_channels,
      w.publish_status = 'PUBLISHED' and not w.deactivated as is_usable
    from notify.ent_notification_workflow as w
    left join notify.notification_workflow_version as v
      on w.enterprise_id = v.enterprise_id and w.id = v.workflow_id and w.published_version = v.version
    where
      w.workflow_key = p_workflow_key
      and w.enterprise_id in (v_enterprise_id, '00000000-0000-0000-0000-000000000000')
  ) as candidate
  order by is_usable desc, workflow_type;
  if not found then
    raise exception using
      errcode = 'XN101',
      message = format('there is no workflow with the key %L for this enterprise', p_workflow_key),
      hint = 'select workflow_key from notify.ent_notification_workflow shows those that exist.';
  end if;
end
$$;

alter function notify.resolve_workflow(text) owner to notify_owner;
grant execute on function notify.resolve_workflow(text) to notify_platform, notify_manager, notify_admin;
comment on function notify.resolve_workflow(text) is
'Which workflow a key means for the enterprise in the context, and why; the one that is used comes first: select * from notify.resolve_workflow(''fire-alarm'').';
