-- What became of a notification for each of its recipients, or for the one that is named, and on each channel, with the version and template
-- that it was rendered by. What Novu said of it, and who they are, only where p_may_see: else a row is for all of a delivery of whom the same is
-- to be said. What was never rendered has no channel. No join that a planner without statistics could turn into all with all.
create or replace function engine.explain_recipients(
  p_notification notify.ent_notification,
  p_recipient uuid,
  p_may_see boolean
)
returns table (
  number integer,
  recipient uuid,
  recipient_count bigint,
  channel_type text,
  verdict text,
  sentence text,
  at timestamptz,
  workflow_version integer,
  template_key text,
  attempts integer,
  error_code text
)
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  with version as materialized (
    select b.enterprise_id, b.workflow_id, b.version, b.bundle -> 'channels' as channels
    from (
      select distinct k.workflow_enterprise_id, k.workflow_id, k.workflow_version
      from notify.notification_content as k
      where k.enterprise_id = p_notification.enterprise_id and k.notification_id = p_notification.id
    ) as k
    inner join notify.notification_workflow_version as b
      on k.workflow_enterprise_id = b.enterprise_id and k.workflow_id = b.workflow_id and k.workflow_version = b.version
  ),
  part as (
    select
      d as delivery,
      c.channel_type,
      lower(c.channel_type) <> all(k.steps) as is_blank,
      coalesce(k.workflow_version, p_notification.workflow_version) as workflow_version,
      v.channels ->> c.channel_type as template_key,
      x.cancellation_status
    from notify.notification_delivery as d
    left join lateral (
      -- after a replay there is a later content, which what was sent before did not have
      select
        t.workflow_enterprise_id, t.workflow_id, t.workflow_version, array(select json_object_keys(t.content)) as steps
      from notify.notification_content as t
      where
        t.enterprise_id = d.enterprise_id
        and t.notification_id = d.notification_id
        and t.variant = engine.variant_of(d.payload, d.recipients)
      order by (t.rendered_at <= coalesce(d.finished_at, 'infinity')) desc, t.rendered_at desc
      limit 1
    ) as k on true
    left join version as v
      on k.workflow_enterprise_id = v.enterprise_id and k.workflow_id = v.workflow_id and k.workflow_version = v.version
    left join lateral (
      select t.cancellation_status
      from notify.notification_cancellation as t
      where
        t.enterprise_id = d.enterprise_id
        and t.notification_id = d.notification_id
        and t.transaction_id = d.transaction_id
    ) as x on true
    cross join lateral unnest(
      coalesce(nullif(p_notification.rendered_channels, '{}'), array[null::text])
    ) as c (channel_type)
    where
      d.enterprise_id = p_notification.enterprise_id
      and d.notification_id = p_notification.id
      and (p_recipient is null or p_recipient = any(d.recipients))
  )
  select
    (p.delivery).number, r.recipient, r.recipient_count, p.channel_type, o.verdict, o.sentence, o.at, p.workflow_version,
    p.template_key, (p.delivery).attempt, (p.delivery).error_details ->> 'code'
  from part as p
  cross join lateral (
    select
      case when p_may_see then u.recipient end as recipient, t.receipt_status, case when p_may_see then t.detail end as detail,
      max(t.happened_at) as told_at, count(*) as recipient_count
    from unnest((p.delivery).recipients) as u (recipient)
    left join lateral (
      select w.receipt_status, w.happened_at, w.detail
      from notify.notification_receipt as w
      where
        w.enterprise_id = (p.delivery).enterprise_id
        and w.notification_id = (p.delivery).notification_id
        and w.number = (p.delivery).number
        and w.recipient = u.recipient
        and w.channel_type = p.channel_type
      offset 0
    ) as t on true
    where p_recipient is null or u.recipient = p_recipient
    group by 1, 2, 3
  ) as r
  cross join lateral engine.explain_outcome(
    p.delivery, p_notification, p.is_blank, r.receipt_status, r.told_at, r.detail, p.cancellation_status
  ) as o
$$;

alter function engine.explain_recipients(notify.ent_notification, uuid, boolean) owner to notify_engine;
comment on function engine.explain_recipients(notify.ent_notification, uuid, boolean) is 'What became of a notification for its recipients, on each channel.';
