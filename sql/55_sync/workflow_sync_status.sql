-- Whether Novu is in step with what is published, a row for each workflow and target. An enterprise with a target of its own sees the
-- shared workflows there, and not those on the default target, where nothing of it goes.
create or replace view notify.workflow_sync_status with (security_invoker = true) as
select
  s.enterprise_id,
  s.workflow_key,
  s.workflow_enterprise_id = '00000000-0000-0000-0000-000000000000' as is_shared,
  s.target,
  notify.novu_workflow_id(s.workflow_enterprise_id, s.workflow_key) as novu_workflow_id,
  case when s.wanted_deleted then 'DELETED' when s.wanted_active then 'ACTIVE' else 'INACTIVE' end as wanted,
  s.wanted_version,
  s.novu_version,
  s.novu_active,
  s.is_in_step,
  case
    when s.is_handed_over then 'UNDER_WAY'
    when s.due_at is not null and s.failure_count > 0 then 'RETRYING'
    when s.due_at is not null then 'WAITING'
    when s.is_in_step then 'IN_STEP'
    when s.error_details ->> 'code' = 'differs' then 'DIFFERS'
    else 'REFUSED'
  end as state,
  s.http_status,
  s.error_details ->> 'message' as answer,
  s.changed_at as since,
  s.answered_at,
  s.due_at as next_attempt_at
from notify.notification_sync as s
where
  s.enterprise_id <> '00000000-0000-0000-0000-000000000000'
  or not exists (
    select
    from notify.notification_sync as o
    where
      o.enterprise_id = notify.reached_enterprise_id()
      and o.workflow_enterprise_id = s.workflow_enterprise_id
      and o.workflow_key = s.workflow_key
  );

alter view notify.workflow_sync_status owner to notify_owner;
grant select on notify.workflow_sync_status to notify_manager, notify_admin;
comment on view notify.workflow_sync_status is 'Whether Novu is in step with what is published here, a row for each workflow and target.';
comment on column notify.workflow_sync_status.enterprise_id is 'Whose it is: the enterprise of a workflow or target of its own; the nil UUID for a shared workflow on the default target.';
comment on column notify.workflow_sync_status.workflow_key is 'The workflow''s key.';
comment on column notify.workflow_sync_status.is_shared is 'Whether it is a shared workflow.';
comment on column notify.workflow_sync_status.target is 'The Novu environment.';
comment on column notify.workflow_sync_status.novu_workflow_id is 'Its identifier there.';
comment on column notify.workflow_sync_status.wanted is 'ACTIVE, INACTIVE (deactivated here) or DELETED.';
comment on column notify.workflow_sync_status.wanted_version is 'The version that is published here.';
comment on column notify.workflow_sync_status.novu_version is 'The version that Novu was given last and kept; null: none.';
comment on column notify.workflow_sync_status.novu_active is 'Whether it was active at Novu at the last look; null: it was not there.';
comment on column notify.workflow_sync_status.is_in_step is 'Whether Novu had it as wanted when it was asked last.';
comment on column notify.workflow_sync_status.state is 'IN_STEP; WAITING for a worker; UNDER_WAY in a worker''s hands; RETRYING after a failure; DIFFERS or REFUSED until it is published again or notify.sync_workflow is called.';
comment on column notify.workflow_sync_status.http_status is 'Novu''s last answer, as an HTTP status.';
comment on column notify.workflow_sync_status.answer is 'What Novu said, or what differs there; null: nothing is wrong.';
comment on column notify.workflow_sync_status.since is 'Since when it is in step, or not.';
comment on column notify.workflow_sync_status.answered_at is 'When Novu answered last.';
comment on column notify.workflow_sync_status.next_attempt_at is 'When Novu is asked again; null: not by itself.';
