-- Ends what can't be rendered, or is too late: every open delivery of the notifications with a fault becomes FAILED with it (where
-- recipients have values of their own: of those that it was rendered for), and the notifications follow, with the version that
-- refused them. The caller holds their locks.
create or replace function engine.fail_items(p_worker text, p_items engine.render_item[], p_faults jsonb[]) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_failed engine.notification_key[];
begin
  with failed as (
    select distinct
      p_items[n].enterprise_id as enterprise_id, p_items[n].notification_id as notification_id,
      p_items[n].workflow_version as workflow_version, p_faults[n] as fault, p_items[n].variant as variant,
      coalesce(p_items[n].number, 1) as first_number, coalesce(p_items[n].number, 2147483647) as last_number
    from generate_subscripts(p_faults, 1) as n
    where p_faults[n] is not null
  ),
  written as (
    update notify.notification_delivery as d
    set delivery_status = 'FAILED', due_at = null, claim_id = null, finished_at = notify.now(), error_details = f.fault
    from failed as f
    where
      d.enterprise_id = f.enterprise_id
      and d.notification_id = f.notification_id
      and d.number between f.first_number and f.last_number
      and (f.variant is null or f.variant = engine.variant_of(d.payload, d.recipients))
      and d.delivery_status = 'OPEN'
  ),
  versioned as (
    update notify.ent_notification as n
    set workflow_version = f.workflow_version
    from failed as f
    where n.enterprise_id = f.enterprise_id and n.id = f.notification_id and f.workflow_version is not null
  )
  select array_agg((f.enterprise_id, f.notification_id)::engine.notification_key) into v_failed
  from failed as f;
  if v_failed is not null then
    perform engine.finish_notifications(p_worker, v_failed);
  end if;
end
$$;

alter function engine.fail_items(text, engine.render_item[], jsonb[]) owner to notify_engine;
comment on function engine.fail_items(text, engine.render_item[], jsonb[]) is
'Fails every open delivery of the notifications that have a fault, and finishes them.';
