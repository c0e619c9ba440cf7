-- The insert trigger: takes what was inserted into work. Set-based and free of Python, for it runs in every connection of the
-- platform: refuses what can't be sent, makes the deliveries (at most 100 recipients each, everyone once), sends the critical
-- lane's straight to its queue, and wakes idle workers. Everything else waits in notification_delivery for engine.admit.
create or replace function engine.accept_notifications() returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_now timestamptz := notify.now();
  v_refused engine.notification_key[];
  v_faults jsonb[];
  v_messages jsonb[];
  v_lanes text[];
begin
  select array_agg((i.enterprise_id, i.id)::engine.notification_key), array_agg(i.fault)
  into v_refused, v_faults
  from (
    select
      a.enterprise_id, a.id,
      engine.find_fault(
        a.recipients, a.channels, a.payload, a.overrides, a.workflow_key, a.name, a.building, a.time_zone
      ) as fault
    from inserted as a
  ) as i
  where i.fault is not null;
  if v_refused is not null then
    perform engine.refuse_notifications(v_refused, v_faults);
  end if;

  -- The planner takes the number of inserted rows from the session's first INSERT, so nothing here may depend on it: the
  -- workflows are looked up once each, before the rows are joined to them. The priority is the published version's, as all that
  -- is sent: an edit of the draft changes nothing.
  with wanted as materialized (
    select distinct i.enterprise_id, i.workflow_key, i.workflow_enterprise_id, i.workflow_id
    from inserted as i
    where i.priority is null
  ),
  found_priority as materialized (
    select t.enterprise_id, t.workflow_key, coalesce(t.workflow_id, t.enterprise_id) as workflow_id, v.priority
    from wanted as t
    cross join lateral notify.find_workflow(t.enterprise_id, t.workflow_key, t.workflow_enterprise_id, t.workflow_id) as w
    inner join notify.notification_workflow_version as v
      on w.enterprise_id = v.enterprise_id and w.id = v.workflow_id and w.published_version = v.version
  ),
  accepted as (
    select
      i.enterprise_id, i.id, i.recipients, coalesce(p.lane, 'normal') as lane,
      case
        when p.lane is distinct from 'critical' or i.scheduled_for > v_now then greatest(i.scheduled_for, v_now)
      end as due_at
    from inserted as i
    left join found_priority as f
      on i.enterprise_id = f.enterprise_id
      and i.workflow_key = f.workflow_key
      and coalesce(i.workflow_id, i.enterprise_id) = f.workflow_id
    left join notify.typ_notification_priority as p on coalesce(i.priority, f.priority, 'NORMAL') = p.priority
    where
      engine.find_fault(
        i.recipients, i.channels, i.payload, i.overrides, i.workflow_key, i.name, i.building, i.time_zone
      ) is null
  ),
  made as (
    insert into notify.notification_delivery (enterprise_id, notification_id, number, lane, recipients, due_at)
    select a.enterprise_id, a.id, 1, a.lane, a.recipients, a.due_at
    from accepted as a
    where cardinality(a.recipients) = 1
    union all
    select a.enterprise_id, a.id, c.number, a.lane, c.recipients, a.due_at
    from accepted as a
    cross join lateral engine.split_recipients(a.recipients) as c
    where cardinality(a.recipients) > 1
    returning enterprise_id, notification_id, number, lane, due_at
  ),
  part as (
    select
      m.*,
      (row_number() over (partition by m.enterprise_id order by m.notification_id, m.number) - 1) / 100 as part
    from made as m
    where m.due_at is null
  ),
  message as (
    select
      jsonb_build_object(
        'enterprise_id', p.enterprise_id,
        'deliveries', jsonb_agg(jsonb_build_array(p.notification_id, p.number))
      ) as message
    from part as p
    group by p.enterprise_id, p.part
  )
  select
    (select array_agg(m.message) from message as m),
    (select array_agg(distinct m.lane) from made as m where m.due_at is null or m.due_at <= v_now)
  into v_messages, v_lanes;

  if v_messages is not null then
    perform pgmq.send_batch('critical', v_messages);
  end if;
  perform engine.wake_workers(v_lanes);
  return null;
end
$$;

alter function engine.accept_notifications() owner to notify_engine;
grant execute on function engine.accept_notifications() to notify_owner;
comment on function engine.accept_notifications() is 'Trigger function: turns inserted notifications into deliveries.';
