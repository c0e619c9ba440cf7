-- The insert trigger: takes what was inserted into work. Set-based and free of Python, for it runs in every connection of the
-- platform: refuses what can't be sent, makes the deliveries (at most 100 recipients each, everyone once; one each, where values are
-- a recipient's own), sends the critical lane's straight to its queue, and wakes idle workers. Everything else waits in notification_delivery for engine.admit; and so do
-- critical deliveries in a storm of them, so that enterprises take turns there too: while the queue holds 20 messages, and all but
-- the first 100 deliveries of an enterprise in one statement.
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
  v_excused uuid[];
  v_useless jsonb;
  v_faults jsonb[];
  v_messages jsonb[];
  v_lanes text[];
  v_is_storm boolean;
begin
  select
    array_agg((i.enterprise_id, i.id)::engine.notification_key) filter (where not i.is_excused),
    array_agg(i.fault) filter (where not i.is_excused),
    array_agg(i.id) filter (where i.is_excused),
    jsonb_object_agg(i.id, i.fault) filter (where i.is_excused and i.fault ->> 'field' <> 'payload')
  into v_refused, v_faults, v_excused, v_useless
  from (
    select
      f.enterprise_id, f.id, f.fault,
      -- a payload, values or attributes that are of no use keep no emergency from going out
      f.fault ->> 'field' in ('payload', 'recipient_payload', 'recipient_attributes')
      and engine.is_critical(f.enterprise_id, f.workflow_key, f.workflow_enterprise_id, f.workflow_id, f.priority) as is_excused
    from (
      select
        a.*,
        engine.find_fault(
          a.recipients, a.channels, a.payload, a.overrides, a.workflow_key, a.name, a.building, a.time_zone,
          a.recipient_payload, a.recipient_attributes
        ) as fault
      from inserted as a
    ) as f
    where f.fault is not null
  ) as i;
  if v_refused is not null then
    perform engine.refuse_notifications(v_refused, v_faults);
  end if;
  if v_useless is not null then
    update notify.ent_notification as n
    set warnings = jsonb_build_array(v_useless -> n.id::text)
    from inserted as i
    where v_useless ? i.id::text and n.enterprise_id = i.enterprise_id and n.id = i.id;
  end if;

  v_is_storm := 20 <= (select count(*) from (select from pgmq.q_critical limit 20) as q);

  -- The planner takes the number of inserted rows from the session's first INSERT, so nothing here may depend on it: the
  -- workflows are looked up once each, before the rows are joined to them. The priority is the published version's, as all that
  -- is sent: an edit of the draft changes nothing.
  with wanted as materialized (
    select distinct i.enterprise_id, i.workflow_key, i.workflow_enterprise_id, i.workflow_id
    from inserted as i
    left join notify.typ_notification_priority as p on i.priority = p.priority
    where i.priority is null or p.lane = 'critical'
  ),
  found_priority as materialized (
    select
      t.enterprise_id, t.workflow_key, coalesce(t.workflow_id, t.enterprise_id) as workflow_id, v.priority,
      exists (
        select from notify.notification_critical_workflow as c
        where c.enterprise_id = w.enterprise_id and c.workflow_id = w.id
      ) as may_be_critical
    from wanted as t
    cross join lateral notify.find_workflow(t.enterprise_id, t.workflow_key, t.workflow_enterprise_id, t.workflow_id) as w
    inner join notify.notification_workflow_version as v
      on w.enterprise_id = v.enterprise_id and w.id = v.workflow_id and w.published_version = v.version
  ),
  accepted as (
    select
      i.enterprise_id, i.id, i.recipients, i.scheduled_for,
      i.recipient_payload is not null or i.recipient_attributes is not null as has_own,
      case
        when (i.id = any(v_excused)) is not true or engine.find_own_fault(i.recipients, i.recipient_payload, null) is null
          then i.recipient_payload
      end as recipient_payload,
      case
        when (i.id = any(v_excused)) is not true or engine.find_own_fault(i.recipients, null, i.recipient_attributes) is null
          then i.recipient_attributes
      end as recipient_attributes,
      case when p.lane = 'critical' and f.may_be_critical is not true then 'normal' else coalesce(p.lane, 'normal') end as lane
    from inserted as i
    left join found_priority as f
      on i.enterprise_id = f.enterprise_id
      and i.workflow_key = f.workflow_key
      and coalesce(i.workflow_id, i.enterprise_id) = f.workflow_id
    left join notify.typ_notification_priority as p on coalesce(i.priority, f.priority, 'NORMAL') = p.priority
    where
      v_refused is null
      or (i.enterprise_id, i.id) not in (select r.enterprise_id, r.notification_id from unnest(v_refused) as r)
  ),
  part_of as (
    select
      a.enterprise_id, a.id, 1 as number, a.lane, a.recipients, a.scheduled_for, null::jsonb as payload,
      null::jsonb as attributes
    from accepted as a
    where cardinality(a.recipients) = 1 and not a.has_own
    union all
    select a.enterprise_id, a.id, c.number, a.lane, c.recipients, a.scheduled_for, null, null
    from accepted as a
    cross join lateral engine.split_recipients(a.recipients) as c
    where cardinality(a.recipients) > 1 and not a.has_own
    union all
    select a.enterprise_id, a.id, c.number, a.lane, c.recipients, a.scheduled_for, c.payload, c.attributes
    from accepted as a
    cross join lateral engine.split_own(a.recipients, a.recipient_payload, a.recipient_attributes) as c
    where a.has_own
  ),
  made as (
    insert into notify.notification_delivery
      (enterprise_id, notification_id, number, transaction_id, lane, recipients, payload, attributes, due_at)
    select
      d.enterprise_id, d.id, d.number, notify.new_transaction_id(d.id), d.lane, d.recipients, d.payload, d.attributes,
      case
        when
          v_is_storm
          or d.lane <> 'critical'
          or d.scheduled_for > v_now
          or row_number() over (partition by d.enterprise_id, d.lane order by d.id, d.number) > 100
          then greatest(d.scheduled_for, v_now)
      end
    from part_of as d
    returning enterprise_id, notification_id, number, lane, due_at
  ),
  message as (
    select
      jsonb_build_object(
        'enterprise_id', p.enterprise_id,
        'deliveries', jsonb_agg(jsonb_build_array(p.notification_id, p.number))
      ) as message
    from made as p
    where p.due_at is null
    group by p.enterprise_id
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
