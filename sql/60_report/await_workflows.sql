-- Novu did not know the workflow of some event, or had it switched off. Where it should have it, the event waits until it does: what
-- is published and used at once must not fail. Novu is looked at again, too, for somebody may have deleted it there. Where Novu is not
-- to have it, or refused it, the event is REFUSED.
create or replace function engine.await_workflows(p_answers engine.answer[]) returns engine.answer[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_syncs notify.notification_sync[];
begin
  if not exists (select from unnest(p_answers) as a where a.verdict = 'UNKNOWN') then
    return p_answers;
  end if;
  for i in 1 .. cardinality(p_answers) loop
    continue when p_answers[i].verdict <> 'UNKNOWN';
    v_syncs := array(
      select s
      from notify.notification_delivery as d
      inner join notify.ent_notification as n on d.enterprise_id = n.enterprise_id and d.notification_id = n.id
      cross join lateral (
        select c.workflow_enterprise_id, c.workflow_id
        from notify.notification_content as c
        where
          c.enterprise_id = d.enterprise_id
          and c.notification_id = d.notification_id
          and c.variant = engine.variant_of(d.payload, d.recipients)
          and c.rendered_at = n.rendered_at
        offset 0
      ) as c
      inner join notify.ent_notification_workflow as w on c.workflow_enterprise_id = w.enterprise_id and c.workflow_id = w.id
      left join notify.notification_target as t on d.enterprise_id = t.enterprise_id
      inner join notify.notification_sync as s
        on
          s.enterprise_id = case when t.target is null then w.enterprise_id else d.enterprise_id end
          and w.enterprise_id = s.workflow_enterprise_id
          and w.workflow_key = s.workflow_key
          and s.target = coalesce(t.target, 'default')
      where
        d.enterprise_id = p_answers[i].enterprise_id
        and d.notification_id = p_answers[i].notification_id
        and d.number = p_answers[i].number
        and s.wanted_active
        and not s.wanted_deleted
        and (s.due_at is not null or s.is_in_step)
    );
    p_answers[i].verdict := case
      when cardinality(v_syncs) > 0 or engine.await_discovery(p_answers[i]) then 'RETRY' else 'REFUSED'
    end;
    perform engine.look_again(s) from unnest(v_syncs) as s where s.due_at is null;
  end loop;
  return p_answers;
end
$$;

alter function engine.await_workflows(engine.answer[]) owner to notify_engine;
comment on function engine.await_workflows(engine.answer[]) is 'Decides about events whose workflow Novu did not know or had switched off: RETRY or REFUSED.';
