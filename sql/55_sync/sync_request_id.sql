-- The name of a request about a workflow, which the worker hands back with its report: sync/enterprise/workflow's enterprise/key/target.
create or replace function engine.sync_request_id(p_sync notify.notification_sync) returns text
language sql
immutable
parallel safe
return concat_ws(
  '/', 'sync', p_sync.enterprise_id::text, p_sync.workflow_enterprise_id::text, p_sync.workflow_key, p_sync.target
);

alter function engine.sync_request_id(notify.notification_sync) owner to notify_engine;
comment on function engine.sync_request_id(notify.notification_sync) is 'The name of a request about a workflow.';
