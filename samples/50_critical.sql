-- Fire alarms may use the critical lane: the shared workflow, and Harbour Tower's own.

set local session authorization sample_admin;
select set_config('app.current_enterprise_id', '', true);

insert into notify.notification_critical_workflow (enterprise_id, workflow_id, note)
select
  w.enterprise_id,
  w.id,
  'danger to life'
from notify.ent_notification_workflow as w
where w.workflow_key = 'fire-alarm'
on conflict (enterprise_id, workflow_id) do nothing;
