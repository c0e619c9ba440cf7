-- Whether what a body asks for goes in the critical lane: the event itself, one of a bulk's, a retraction's correction, or a notification that
-- exists and is triggered again or retracted (p_id). Asked only before a request is refused for its number.
create or replace function http_v1.holds_emergency(p_enterprise_id uuid, p_body jsonb, p_id text) returns boolean
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  with given as (
    select p_body as event
    union all
    select p_body -> 'correction'
    union all
    select jsonb_build_object('notificationId', p_id)
    union all
    select e.value
    from (
      select b.value
      from jsonb_array_elements(case when jsonb_typeof(p_body -> 'events') = 'array' then p_body -> 'events' else '[]' end) as b
      limit 1000
    ) as e
  ),
  named as (
    select
      p_enterprise_id as enterprise_id,
      http_v1.read_text(g.event, 'workflowId') as workflow_key,
      http_v1.read_text(g.event, 'priority') as priority,
      http_v1.read_text(g.event, 'notificationId') as id
    from given as g
  ),
  meant as (
    select distinct
      g.enterprise_id,
      coalesce(n.workflow_key, g.workflow_key) as workflow_key,
      n.workflow_enterprise_id,
      n.workflow_id,
      case when n.id is null then g.priority else n.priority end as priority
    from named as g
    left join notify.ent_notification as n
      on g.enterprise_id = n.enterprise_id and case when http_v1.is_uuid(g.id) then g.id::uuid end = n.id
  )
  select exists (
    select
    from meant as m
    where engine.is_critical(m.enterprise_id, m.workflow_key, m.workflow_enterprise_id, m.workflow_id, m.priority)
  )
$$;

alter function http_v1.holds_emergency(uuid, jsonb, text) owner to notify_owner;
comment on function http_v1.holds_emergency(uuid, jsonb, text) is 'Whether a request is about an emergency.';
