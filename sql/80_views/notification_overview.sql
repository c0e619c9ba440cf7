-- Each notification with its status: what the platform looks at after an INSERT, and the analyst all day. Under the caller's own
-- policies and column grants; no payload, no content, no recipient.
create or replace view notify.notification_overview with (security_invoker = true) as
select
  n.enterprise_id,
  n.id as notification_id,
  n.name,
  n.workflow_key,
  n.workflow_version,
  n.priority,
  n.building,
  n.is_drill,
  n.tags,
  n.notification_status,
  coalesce(n.rendered_channels, n.channels) as channels,
  n.created_at,
  n.scheduled_for,
  n.expires_at,
  n.rendered_at,
  coalesce(n.retracted_at, n.processed_at) as final_at,
  coalesce(n.retracted_at, n.processed_at, notify.now()) - n.created_at as age,
  d.lane,
  d.recipient_count,
  d.delivery_count,
  d.sent_count,
  d.failed_count,
  d.open_count,
  d.attempts,
  d.next_attempt_at,
  case
    when n.notification_status = 'RETRACTED' then n.retraction_reason
    when n.notification_status = 'FAILED' then n.error_details ->> 'message'
    else d.last_error
  end as reason,
  n.error_details ->> 'code' as error_code,
  n.is_test,
  n.corrects_id,
  case
    when n.warnings is not null
      then array(
        select distinct w.value ->> 'code'
        from jsonb_array_elements(n.warnings) as w
        order by 1
      )
  end as warning_codes
from notify.ent_notification as n
cross join lateral (
  select
    min(w.lane) as lane,
    coalesce(sum(w.recipient_count), 0) as recipient_count,
    count(*) as delivery_count,
    count(*) filter (where w.delivery_status = 'SENT') as sent_count,
    count(*) filter (where w.delivery_status = 'FAILED') as failed_count,
    count(*) filter (where w.delivery_status = 'OPEN') as open_count,
    coalesce(max(w.attempt), 0) as attempts,
    min(w.due_at) as next_attempt_at,
    max(w.error_details ->> 'message') filter (where w.delivery_status = 'OPEN') as last_error
  from notify.notification_delivery as w
  where w.enterprise_id = n.enterprise_id and w.notification_id = n.id
) as d;

alter view notify.notification_overview owner to notify_owner;
grant select on notify.notification_overview to notify_platform, notify_analyst, notify_analyst_all, notify_admin;
comment on view notify.notification_overview is 'Each notification with its status, age, attempts, reason and next attempt; one row a notification.';
comment on column notify.notification_overview.enterprise_id is 'Whose it is.';
comment on column notify.notification_overview.notification_id is 'Id of the notification.';
comment on column notify.notification_overview.name is 'Its name for people.';
comment on column notify.notification_overview.workflow_key is 'The workflow by key.';
comment on column notify.notification_overview.workflow_version is 'The version that it was rendered with; null: not rendered.';
comment on column notify.notification_overview.priority is 'Its own priority; null: the workflow''s.';
comment on column notify.notification_overview.building is 'The building that it is about.';
comment on column notify.notification_overview.is_drill is 'True for a drill.';
comment on column notify.notification_overview.tags is 'Free words to find it by.';
comment on column notify.notification_overview.notification_status is 'PENDING, PROCESSING, SENT (Novu accepted every delivery), FAILED or RETRACTED.';
comment on column notify.notification_overview.channels is 'The channels that it went out on, or was to; null: the workflow''s, not resolved yet.';
comment on column notify.notification_overview.created_at is 'When it was inserted.';
comment on column notify.notification_overview.scheduled_for is 'Not before this time.';
comment on column notify.notification_overview.expires_at is 'Not after this time.';
comment on column notify.notification_overview.rendered_at is 'When it was rendered.';
comment on column notify.notification_overview.final_at is 'When it became SENT, FAILED or RETRACTED; null: not yet.';
comment on column notify.notification_overview.age is 'From its creation to its end, or until now.';
comment on column notify.notification_overview.lane is 'The lane that it travels in; null: it was refused at the INSERT.';
comment on column notify.notification_overview.recipient_count is 'How many recipients its deliveries have; 0: it was refused at the INSERT.';
comment on column notify.notification_overview.delivery_count is 'How many deliveries it was split into.';
comment on column notify.notification_overview.sent_count is 'How many of them Novu accepted.';
comment on column notify.notification_overview.failed_count is 'How many of them failed.';
comment on column notify.notification_overview.open_count is 'How many of them are still to go.';
comment on column notify.notification_overview.attempts is 'The most attempts that one of its deliveries took.';
comment on column notify.notification_overview.next_attempt_at is 'When the first of the waiting deliveries is due; null: none waits.';
comment on column notify.notification_overview.reason is 'Why it failed or was retracted, or what went wrong at the last attempt.';
comment on column notify.notification_overview.error_code is 'The reason as a word for programs, such as variable_missing.';
comment on column notify.notification_overview.is_test is 'True for a test.';
comment on column notify.notification_overview.corrects_id is 'The retracted notification that it corrects; null: it is no correction.';
comment on column notify.notification_overview.warning_codes is 'What it went out in spite of, as words for programs, such as variable_missing or fallback_used; null: nothing.';
