-- Takes out of what was popped the deliveries that may not go out now, and returns the rest: those of a paused enterprise, workflow or
-- target wait until it is resumed (due_at is engine.paused_until()), those of a target whose breaker is open until it is tried again. The rows of the
-- pauses are locked, so that a pause that ends meanwhile finds what was held back for it; one that is just ending holds nothing. What
-- somebody else has locked (a retraction that is not committed) gets a new hint: it may have to be held back then.
create or replace function engine.hold_back(p_lane text, p_keys engine.delivery_key[]) returns engine.delivery_key[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_held engine.delivery_key[];
begin
  with pause as materialized (
    select p.enterprise_id, p.kind, p.name
    from notify.notification_pause as p
    order by p.enterprise_id, p.kind, p.name
    for key share skip locked
  ),
  asked as (
    select
      k.enterprise_id, k.notification_id, k.number, n.workflow_key, n.workflow_enterprise_id, n.workflow_id,
      coalesce(t.target, 'default') as target
    from unnest(p_keys) as k
    inner join notify.ent_notification as n on k.enterprise_id = n.enterprise_id and k.notification_id = n.id
    left join notify.notification_target as t on k.enterprise_id = t.enterprise_id
  ),
  held as (
    select a.enterprise_id, a.notification_id, a.number, engine.paused_until() as due_at
    from asked as a
    where exists (
      select
      from pause as p
      where
        (p.kind = 'ENTERPRISE' and p.enterprise_id = a.enterprise_id)
        or (p.kind = 'TARGET' and p.name = a.target)
        or (
          p.kind = 'WORKFLOW'
          and p.name = a.workflow_key
          and p.enterprise_id = (
            select w.enterprise_id
            from notify.find_workflow(a.enterprise_id, a.workflow_key, a.workflow_enterprise_id, a.workflow_id) as w
          )
        )
    )
    union all
    select a.enterprise_id, a.notification_id, a.number, s.open_until
    from asked as a
    inner join notify.notification_target_state as s on a.target = s.target
    where s.open_until > notify.now() and p_lane <> 'critical'
  ),
  locked as (
    select d.enterprise_id, d.notification_id, d.number, h.due_at
    from (
      select h.enterprise_id, h.notification_id, h.number, max(h.due_at) as due_at
      from held as h
      group by h.enterprise_id, h.notification_id, h.number
    ) as h
    inner join notify.notification_delivery as d
      on h.enterprise_id = d.enterprise_id and h.notification_id = d.notification_id and h.number = d.number
    where d.delivery_status = 'OPEN' and d.claim_id is null and d.due_at is null
    order by d.enterprise_id, d.notification_id, d.number
    for update of d skip locked
  ),
  postponed as (
    update notify.notification_delivery as d
    set due_at = l.due_at
    from locked as l
    where d.enterprise_id = l.enterprise_id and d.notification_id = l.notification_id and d.number = l.number
  )
  select array_agg(distinct (h.enterprise_id, h.notification_id, h.number)::engine.delivery_key) into v_held
  from held as h;
  if v_held is null then
    return p_keys;
  end if;
  perform engine.hint_again(p_lane, v_held);
  return array(
    select k::engine.delivery_key from unnest(p_keys) as k where k::engine.delivery_key <> all(v_held)
  );
end
$$;

alter function engine.hold_back(text, engine.delivery_key[]) owner to notify_engine;
comment on function engine.hold_back(text, engine.delivery_key[]) is
'Has deliveries of what is paused, or whose target''s breaker is open, wait; returns the others.';
