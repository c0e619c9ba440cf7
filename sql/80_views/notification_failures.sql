-- The dead letters, by reason: what ended FAILED and why, with an example to look at. notify.replay tries them again.
create or replace view notify.notification_failures with (security_invoker = true) as
select
  f.enterprise_id,
  n.workflow_key,
  n.error_code,
  count(*) as notification_count,
  sum(n.failed_count) as failed_delivery_count,
  min(n.processed_at) as first_failed_at,
  max(n.processed_at) as last_failed_at,
  (array_agg(f.notification_id order by n.processed_at desc))[1] as example_id,
  (array_agg(n.message order by n.processed_at desc))[1] as example_message
from notify.notification_failed as f
inner join lateral (
  -- an aggregate of one row: it keeps the planner, which knows nothing of tenants' tables, from reading all of them
  select
    max(o.workflow_key) as workflow_key,
    max(o.error_details ->> 'code') as error_code,
    max(o.error_details ->> 'message') as message,
    max(coalesce((o.error_details ->> 'failed_count')::integer, 0)) as failed_count,
    max(o.processed_at) as processed_at
  from notify.ent_notification as o
  where o.enterprise_id = f.enterprise_id and o.id = f.notification_id
) as n on true
group by f.enterprise_id, n.workflow_key, n.error_code;

alter view notify.notification_failures owner to notify_owner;
grant select on notify.notification_failures to notify_platform, notify_analyst, notify_analyst_all, notify_admin;
comment on view notify.notification_failures is 'The dead letters: what ended FAILED, a row for each enterprise, workflow and reason. Tests that failed count, too.';
comment on column notify.notification_failures.enterprise_id is 'Whose it is.';
comment on column notify.notification_failures.workflow_key is 'The workflow by key.';
comment on column notify.notification_failures.error_code is 'The reason as a word, such as variable_missing; what notify.replay takes as p_error_code.';
comment on column notify.notification_failures.notification_count is 'How many notifications.';
comment on column notify.notification_failures.failed_delivery_count is 'How many of their deliveries failed; 0: none was ever made.';
comment on column notify.notification_failures.first_failed_at is 'When the first of them failed.';
comment on column notify.notification_failures.last_failed_at is 'When the last of them failed.';
comment on column notify.notification_failures.example_id is 'The one that failed last.';
comment on column notify.notification_failures.example_message is 'What its reason says.';
