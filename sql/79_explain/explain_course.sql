-- What a notification went through as a whole, a sentence each: its INSERT, its workflow and version, transitions, corrections.
create or replace function engine.explain_course(p_notification notify.ent_notification)
returns table (verdict text, sentence text, at timestamptz, error_code text)
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select
    'CREATED',
    format(
      'it was inserted for %s recipient%s, by the key %L%s%s%s',
      cardinality(p_notification.recipients), case cardinality(p_notification.recipients) when 1 then '' else 's' end,
      p_notification.workflow_key,
      ', with the priority ' || p_notification.priority, ', for ' || array_to_string(p_notification.channels, ' and ') || ' only',
      ', as the correction of ' || p_notification.corrects_id::text
    ),
    p_notification.created_at, null
  union all
  select
    'RESOLVED',
    format(
      'it goes by version %s of the %s workflow, which was published at %s', v.version,
      case w.workflow_type when 'STATIC' then 'shared' else 'enterprise''s own' end, v.published_at
    ),
    r.at, null
  from (
    -- a version for each time that it was rendered; without content, since that is pruned, the last
    select k.workflow_enterprise_id, k.workflow_id, k.workflow_version, min(k.rendered_at) as at
    from notify.notification_content as k
    where k.enterprise_id = p_notification.enterprise_id and k.notification_id = p_notification.id
    group by k.workflow_enterprise_id, k.workflow_id, k.workflow_version
    union all
    (
      select
        o.enterprise_id, o.id, p_notification.workflow_version,
        coalesce(p_notification.rendered_at, p_notification.processed_at)
      from notify.ent_notification_workflow as o
      where
        o.enterprise_id in (p_notification.enterprise_id, '00000000-0000-0000-0000-000000000000')
        and o.workflow_key = p_notification.workflow_key
        and o.id = coalesce(p_notification.workflow_id, o.id)
        and not exists (
          select
          from notify.notification_content as k
          where k.enterprise_id = p_notification.enterprise_id and k.notification_id = p_notification.id
        )
      order by (o.enterprise_id = p_notification.enterprise_id) desc
      limit 1
    )
  ) as r
  inner join notify.ent_notification_workflow as w on r.workflow_enterprise_id = w.enterprise_id and r.workflow_id = w.id
  inner join notify.notification_workflow_version as v
    on r.workflow_enterprise_id = v.enterprise_id and r.workflow_id = v.workflow_id and r.workflow_version = v.version
  union all
  select
    case when h.from_status = h.to_status then 'NOTED' when h.to_status = 'PENDING' then 'REPLAYED' else h.to_status end,
    concat_ws(
      ': ',
      case
        when h.from_status = h.to_status then h.actor || ' noted'
        when h.to_status = 'PROCESSING' then h.actor || ' rendered it'
        when h.to_status = 'SENT' then 'Novu accepted all of it'
        when h.to_status = 'FAILED' and not exists (
          select
          from notify.notification_delivery as d
          where d.enterprise_id = h.enterprise_id and d.notification_id = h.notification_id
        ) then 'it was refused at the INSERT, for all recipients'
        when h.to_status = 'FAILED' then 'it failed'
        when h.to_status = 'RETRACTED' then h.actor || ' took it back'
        else h.actor || ' had it tried again'
      end,
      h.reason
    ),
    h.happened_at,
    case when h.to_status = 'FAILED' and h.happened_at = p_notification.processed_at then p_notification.error_details ->> 'code' end
  from notify.notification_history as h
  where h.enterprise_id = p_notification.enterprise_id and h.notification_id = p_notification.id
  union all
  select
    'WARNED', 'it went out although ' || (w.value ->> 'message'), p_notification.rendered_at, w.value ->> 'code'
  from jsonb_array_elements(p_notification.warnings) as w
$$;

alter function engine.explain_course(notify.ent_notification) owner to notify_engine;
comment on function engine.explain_course(notify.ent_notification) is 'What a notification went through as a whole.';
