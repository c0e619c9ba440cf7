-- How the templates are used: by day, enterprise, and workflow, version and channel, which is what a template is rendered for.
create or replace view notify.template_status with (security_invoker = true) as
select
  c.enterprise_id,
  c.day,
  c.workflow_key,
  c.workflow_version,
  c.channel_type,
  sum(c.notification_count)::bigint as render_count,
  sum(c.warned_notification_count)::bigint as warning_count,
  sum(c.render_seconds) / sum(c.notification_count)::double precision as mean_render_seconds,
  max(c.last_rendered_at) as last_rendered_at
from notify.notification_counted as c
where c.channel_type <> ''
group by c.enterprise_id, c.day, c.workflow_key, c.workflow_version, c.channel_type;

alter view notify.template_status owner to notify_owner;
grant select on notify.template_status to notify_platform, notify_analyst, notify_analyst_all, notify_admin;
comment on view notify.template_status is 'How templates are used, a row a day, enterprise, workflow, version and channel. Tests don''t count.';
comment on column notify.template_status.enterprise_id is 'The enterprise whose notifications were rendered, whosever the workflow is.';
comment on column notify.template_status.day is 'The day on which they were inserted, in UTC.';
comment on column notify.template_status.workflow_key is 'The workflow whose template for the channel it is.';
comment on column notify.template_status.workflow_version is 'Its version.';
comment on column notify.template_status.channel_type is 'The channel.';
comment on column notify.template_status.render_count is 'How many notifications were rendered by it.';
comment on column notify.template_status.warning_count is 'How many of these went out in spite of something: their warning_codes in notify.notification_overview say of what.';
comment on column notify.template_status.mean_render_seconds is 'How long rendering a notification took on average, for all its channels together: its share of the batch in which it was rendered.';
comment on column notify.template_status.last_rendered_at is 'When the last of them was rendered.';
