-- Writes the row of a workflow after an answer, and says what became of its request in the words of worker_v1.report.
create or replace function engine.store_sync(p_sync notify.notification_sync) returns text
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if p_sync.step = 'GONE' then
    delete from notify.notification_sync as s
    where
      s.enterprise_id = p_sync.enterprise_id
      and s.workflow_enterprise_id = p_sync.workflow_enterprise_id
      and s.workflow_key = p_sync.workflow_key
      and s.target = p_sync.target;
    return 'DONE';
  end if;
  update notify.notification_sync as s
  set
    novu_version = p_sync.novu_version,
    novu_active = p_sync.novu_active,
    is_in_step = p_sync.is_in_step,
    changed_at = p_sync.changed_at,
    step = p_sync.step,
    is_check = p_sync.is_check,
    due_at = p_sync.due_at,
    claimed_by = p_sync.claimed_by,
    is_handed_over = p_sync.is_handed_over,
    found = p_sync.found,
    failure_count = p_sync.failure_count,
    http_status = p_sync.http_status,
    error_details = p_sync.error_details,
    answered_at = p_sync.answered_at
  where
    s.enterprise_id = p_sync.enterprise_id
    and s.workflow_enterprise_id = p_sync.workflow_enterprise_id
    and s.workflow_key = p_sync.workflow_key
    and s.target = p_sync.target;
  return case
    when p_sync.step is null and p_sync.error_details is not null then 'FAILED'
    when p_sync.error_details is not null then 'RETRY'
    else 'DONE'
  end;
end
$$;

alter function engine.store_sync(notify.notification_sync) owner to notify_engine;
comment on function engine.store_sync(notify.notification_sync) is 'Writes the row of a workflow after an answer, and says what became of its request.';
