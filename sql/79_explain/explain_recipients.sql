-- What became of a notification for each of its recipients, or for the one that is named, and on each channel, with the template that it was
-- rendered by; what Novu said of it only where p_may_see. What was never rendered has no channel.
create or replace function engine.explain_recipients(
  p_notification notify.ent_notification,
  p_recipient uuid,
  p_may_see boolean
)
returns table (
  number integer,
  recipient uuid,
  channel_type text,
  verdict text,
  sentence text,
  at timestamptz,
  template_key text,
  attempts integer,
  error_code text
)
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select
    d.number, r.recipient, c.channel_type, o.verdict, o.sentence, o.at, v.channels ->> c.channel_type, d.attempt,
    d.error_details ->> 'code'
  from notify.notification_delivery as d
  cross join lateral unnest(d.recipients) as r (recipient)
  cross join lateral unnest(coalesce(nullif(p_notification.rendered_channels, '{}'), array[null::text])) as c (channel_type)
  left join lateral (
    select k.content, k.workflow_enterprise_id, k.workflow_id, k.workflow_version
    from notify.notification_content as k
    where
      k.enterprise_id = d.enterprise_id
      and k.notification_id = d.notification_id
      and k.variant = engine.variant_of(d.payload, d.recipients)
    order by k.rendered_at desc
    limit 1
  ) as k on true
  left join lateral (
    select b.bundle -> 'channels' as channels
    from notify.notification_workflow_version as b
    where
      b.enterprise_id = k.workflow_enterprise_id
      and b.workflow_id = k.workflow_id
      and b.version = k.workflow_version
  ) as v on true
  left join notify.notification_receipt as t
    on d.enterprise_id = t.enterprise_id
    and d.notification_id = t.notification_id
    and d.number = t.number
    and r.recipient = t.recipient
    and c.channel_type = t.channel_type
  left join notify.notification_cancellation as x
    on d.enterprise_id = x.enterprise_id and d.notification_id = x.notification_id and d.transaction_id = x.transaction_id
  cross join lateral engine.explain_outcome(
    d, p_notification, k.content is not null and k.content -> lower(c.channel_type) is null, t,
    case when p_may_see then t.detail end, x.cancellation_status
  ) as o
  where
    d.enterprise_id = p_notification.enterprise_id
    and d.notification_id = p_notification.id
    and (p_recipient is null or r.recipient = p_recipient)
$$;

alter function engine.explain_recipients(notify.ent_notification, uuid, boolean) owner to notify_engine;
comment on function engine.explain_recipients(notify.ent_notification, uuid, boolean) is 'What became of a notification for its recipients, on each channel.';
