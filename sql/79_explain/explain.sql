-- Why each recipient did or did not get a notification, on each channel. Owned by the engine, since recipients, contents and claims are
-- nobody's to read who asks; narrows by the login's reach itself, and names recipients only to who may read them in
-- notify.ent_notification, and the one that was asked for, to whoever named it.
create or replace function engine.explain(p_id uuid, p_recipient uuid) returns table (
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
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_may_see boolean := has_column_privilege(session_user, 'notify.ent_notification', 'recipients', 'select');
  v_notification notify.ent_notification;
begin
  select n.* into v_notification
  from engine.counted_enterprises() as e (enterprise_id)
  inner join notify.ent_notification as n on e.enterprise_id = n.enterprise_id
  where n.id = p_id;
  if not found then
    raise exception using
      errcode = 'XN202',
      message = format('there is no notification %s that you can see', p_id),
      hint = 'Check the id, and that the enterprise that it belongs to is in the context or bound to your login.';
  end if;
  return query
  with part as (
    select
      1 as rank, c.at, null::uuid as recipient, null::bigint as recipient_count, null::integer as number, null::text as channel_type,
      c.verdict, c.sentence, v_notification.workflow_version as workflow_version, null::text as template_key,
      null::integer as attempts, c.error_code
    from engine.explain_course(v_notification) as c
    union all
    select
      2, max(r.at), r.recipient, sum(r.recipient_count)::bigint, r.number, r.channel_type, r.verdict, r.sentence,
      r.workflow_version, r.template_key, r.attempts, r.error_code
    from engine.explain_recipients(v_notification, p_recipient, v_may_see) as r
    group by
      r.recipient, r.number, r.channel_type, r.verdict, r.sentence, r.workflow_version, r.template_key, r.attempts,
      r.error_code
    union all
    -- refused at the INSERT: there is no delivery
    select
      2, v_notification.processed_at, case when v_may_see then u.recipient end, count(*), null, null,
      case when v_notification.error_details ->> 'code' like 'workflow\_%' then 'NO_WORKFLOW' else 'REFUSED' end,
      format('it was refused at the INSERT: %s', v_notification.error_details ->> 'message'), null, null, null,
      v_notification.error_details ->> 'code'
    from (select distinct w.recipient from unnest(v_notification.recipients) as w (recipient)) as u
    where
      v_notification.notification_status = 'FAILED'
      and (p_recipient is null or u.recipient = p_recipient)
      and not exists (
        select
        from notify.notification_delivery as d
        where d.enterprise_id = v_notification.enterprise_id and d.notification_id = v_notification.id
      )
    group by 3
    union all
    select
      2, null, p_recipient, 0, null, null, 'NOT_ADDRESSED', 'it is not among the recipients', null, null, null, null
    where p_recipient is not null and (p_recipient = any(v_notification.recipients)) is not true
  )
  select
    row_number() over (
      order by
        p.rank, case p.rank when 1 then p.at end, p.verdict not in ('CREATED', 'RESOLVED'), p.number, p.recipient, p.channel_type
    ),
    p.at, case when p.rank = 2 then coalesce(p_recipient, p.recipient) end, p.recipient_count, p.number, p.channel_type, p.verdict,
    p.sentence, v_notification.workflow_key, p.workflow_version, p.template_key, p.attempts, p.error_code
  from part as p
  order by 1;
end
$$;

alter function engine.explain(uuid, uuid) owner to notify_engine;
grant execute on function engine.explain(uuid, uuid)
to notify_platform, notify_analyst, notify_analyst_all, notify_admin;
comment on function engine.explain(uuid, uuid) is 'Why recipients did or did not get a notification: call notify.explain.';
