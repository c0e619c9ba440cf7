-- Whether an event whose workflow Novu did not know waits, since its target is in bridge mode and Novu is to discover it: then Novu is
-- asked to discover anew, too, as somebody may have deleted it there. What the bridge does not list is REFUSED.
create or replace function engine.await_discovery(p_answer engine.answer) returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_target text;
begin
  select b.target into v_target
  from notify.notification_delivery as d
  inner join notify.ent_notification as n on d.enterprise_id = n.enterprise_id and d.notification_id = n.id
  inner join notify.notification_bridge as b on coalesce(d.target, 'default') = b.target
  where
    d.enterprise_id = p_answer.enterprise_id
    and d.notification_id = p_answer.notification_id
    and d.number = p_answer.number
    and exists (
      select
      from engine.bridge_workflows(b.target) as w
      inner join notify.notification_content as c
        on (w.version).enterprise_id = c.workflow_enterprise_id and (w.version).workflow_id = c.workflow_id
      where
        c.enterprise_id = d.enterprise_id
        and c.notification_id = d.notification_id
        and c.variant = engine.variant_of(d.payload, d.recipients)
        and c.rendered_at = n.rendered_at
    );
  if v_target is null then
    return false;
  end if;
  update notify.notification_bridge as b
  set due_at = notify.now(), is_in_step = false
  where b.target = (
    select u.target
    from notify.notification_bridge as u
    where u.target = v_target and u.due_at is null
    for update skip locked
  );
  return true;
end
$$;

alter function engine.await_discovery(engine.answer) owner to notify_engine;
comment on function engine.await_discovery(engine.answer) is 'Whether an event whose workflow Novu did not know waits until Novu has discovered it; has it discover.';
