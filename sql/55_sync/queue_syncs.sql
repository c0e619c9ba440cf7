-- Compares what Novu should have with what it was asked for, and queues the difference: of one workflow, of the targets of one
-- enterprise, or of all. Every published workflow is wanted on each target that uses it, but for those in bridge mode, where Novu is to
-- discover anew instead. What is no longer wanted is to be deleted there; on a target that was taken away it is left alone, since nobody
-- may have the key to it any more, and so it is on one that is in bridge mode now: discovering takes over what has the same identifier.
create or replace function engine.queue_syncs(
  p_workflow_enterprise_id uuid default null,
  p_workflow_keys text[] default null,
  p_enterprise_id uuid default null
) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  c_shared constant uuid := '00000000-0000-0000-0000-000000000000';
  v_now timestamptz := notify.now();
begin
  with wanted as materialized (
    select u.enterprise_id, w.enterprise_id as workflow_enterprise_id, w.workflow_key, u.target, w.published_version, not w.deactivated as active
    from notify.ent_notification_workflow as w
    cross join lateral (
      select w.enterprise_id, coalesce(max(t.target), 'default') as target
      from notify.notification_target as t
      where t.enterprise_id = w.enterprise_id
      union all
      select t.enterprise_id, t.target
      from notify.notification_target as t
      where w.enterprise_id = c_shared
    ) as u
    where
      w.published_version is not null
      and (p_workflow_enterprise_id is null or (w.enterprise_id = p_workflow_enterprise_id and w.workflow_key = any(p_workflow_keys)))
      and (p_enterprise_id is null or u.enterprise_id = p_enterprise_id)
      and not exists (select from notify.notification_bridge as b where b.target = u.target)
  ),
  queued as (
    insert into notify.notification_sync as s
      (enterprise_id, workflow_enterprise_id, workflow_key, target, wanted_version, wanted_active)
    select w.enterprise_id, w.workflow_enterprise_id, w.workflow_key, w.target, w.published_version, w.active
    from wanted as w
    order by w.enterprise_id, w.workflow_enterprise_id, w.workflow_key, w.target
    on conflict (enterprise_id, workflow_enterprise_id, workflow_key, target) do update set
      wanted_version = excluded.wanted_version,
      wanted_active = excluded.wanted_active,
      wanted_deleted = false,
      is_in_step = false,
      is_check = false,
      changed_at = v_now,
      failure_count = 0,
      -- in hand: its report sees that something else is wanted now
      error_details = case when s.claimed_by is null then null else s.error_details end,
      step = case when s.claimed_by is null and s.step is distinct from 'REMOVE' then 'LOOK' else s.step end,
      due_at = case when s.claimed_by is null then v_now else s.due_at end
    where (s.wanted_version, s.wanted_active, s.wanted_deleted) is distinct from (excluded.wanted_version, excluded.wanted_active, false)
  ),
  unwanted as (
    select
      s.enterprise_id, s.workflow_enterprise_id, s.workflow_key, s.target,
      (
        s.target = 'default'
        or exists (select from notify.notification_target as t where t.enterprise_id = s.enterprise_id and t.target = s.target)
      )
      and not exists (select from notify.notification_bridge as b where b.target = s.target) as is_reachable
    from notify.notification_sync as s
    where
      (
        p_workflow_enterprise_id is null
        or (s.workflow_enterprise_id = p_workflow_enterprise_id and s.workflow_key = any(p_workflow_keys))
      )
      and (p_enterprise_id is null or s.enterprise_id = p_enterprise_id)
      and not exists (
        select
        from wanted as w
        where
          w.enterprise_id = s.enterprise_id
          and w.workflow_enterprise_id = s.workflow_enterprise_id
          and w.workflow_key = s.workflow_key
          and w.target = s.target
      )
  ),
  forgotten as (
    delete from notify.notification_sync as s
    using unwanted as u
    where
      not u.is_reachable
      and s.enterprise_id = u.enterprise_id
      and s.workflow_enterprise_id = u.workflow_enterprise_id
      and s.workflow_key = u.workflow_key
      and s.target = u.target
  )
  update notify.notification_sync as s
  set
    wanted_deleted = true,
    is_in_step = false,
    is_check = false,
    changed_at = v_now,
    failure_count = 0,
    error_details = case when s.claimed_by is null then null else s.error_details end,
    step = case when s.claimed_by is null and s.step is distinct from 'REMOVE' then 'LOOK' else s.step end,
    due_at = case when s.claimed_by is null then v_now else s.due_at end
  from unwanted as u
  where
    u.is_reachable
    and not s.wanted_deleted
    and s.enterprise_id = u.enterprise_id
    and s.workflow_enterprise_id = u.workflow_enterprise_id
    and s.workflow_key = u.workflow_key
    and s.target = u.target;
  perform engine.wake_workers(array['bulk']);
end
$$;

alter function engine.queue_syncs(uuid, text[], uuid) owner to notify_engine;
comment on function engine.queue_syncs(uuid, text[], uuid) is
'Queues what Novu must be told of one workflow, of one enterprise''s targets, or of everything. Queues nothing that is in step.';
