-- What became of each retraction: what Novu could still stop, and by what those were told whom it had reached. Under the caller's own
-- policies and column grants.
create or replace view notify.notification_retractions with (security_invoker = true) as
select
  n.enterprise_id,
  n.id as notification_id,
  n.workflow_key,
  n.retracted_at,
  n.retraction_reason as reason,
  d.sent_count,
  d.open_count,
  c.cancellation_count,
  c.stopped_count,
  c.nothing_to_stop_count,
  c.given_up_count,
  c.waiting_count,
  c.next_attempt_at,
  c.last_error,
  n.correction_ids
from notify.ent_notification as n
inner join lateral (
  select
    count(*) filter (where w.delivery_status = 'SENT') as sent_count,
    count(*) filter (where w.delivery_status = 'OPEN') as open_count
  from notify.notification_delivery as w
  where w.enterprise_id = n.enterprise_id and w.notification_id = n.id
) as d on true
inner join lateral (
  select
    count(*) as cancellation_count,
    count(*) filter (where w.cancellation_status = 'STOPPED') as stopped_count,
    count(*) filter (where w.cancellation_status = 'NOTHING_TO_STOP') as nothing_to_stop_count,
    count(*) filter (where w.cancellation_status = 'GIVEN_UP') as given_up_count,
    count(*) filter (where w.cancellation_status = 'OPEN') as waiting_count,
    min(w.due_at) as next_attempt_at,
    max(w.error_details ->> 'message') as last_error
  from notify.notification_cancellation as w
  where w.enterprise_id = n.enterprise_id and w.notification_id = n.id
) as c on true
where n.notification_status = 'RETRACTED';

alter view notify.notification_retractions owner to notify_owner;
grant select on notify.notification_retractions to notify_platform, notify_analyst, notify_analyst_all, notify_admin;
comment on view notify.notification_retractions is 'What became of each retraction: a row for each retracted notification. notify.notification_cancellation has a row for each of its events at Novu.';
comment on column notify.notification_retractions.enterprise_id is 'Whose it is.';
comment on column notify.notification_retractions.notification_id is 'The retracted notification.';
comment on column notify.notification_retractions.workflow_key is 'The workflow by key.';
comment on column notify.notification_retractions.retracted_at is 'When it was retracted.';
comment on column notify.notification_retractions.reason is 'Why.';
comment on column notify.notification_retractions.sent_count is 'How many of its deliveries Novu accepted, before the retraction or while a worker had them in hand.';
comment on column notify.notification_retractions.open_count is 'How many of its deliveries a worker has in hand still.';
comment on column notify.notification_retractions.cancellation_count is 'How many events Novu was to cancel: those that it accepted, and those of which that is not known.';
comment on column notify.notification_retractions.stopped_count is 'Of how many Novu still stopped something.';
comment on column notify.notification_retractions.nothing_to_stop_count is 'Of how many there was nothing left to stop at Novu, or it never had them.';
comment on column notify.notification_retractions.given_up_count is 'For how many Novu gave no definite answer for a day.';
comment on column notify.notification_retractions.waiting_count is 'How many cancellations are under way.';
comment on column notify.notification_retractions.next_attempt_at is 'When Novu is asked next; null: no more.';
comment on column notify.notification_retractions.last_error is 'What went wrong with those that are waiting or were given up.';
comment on column notify.notification_retractions.correction_ids is 'The notifications that corrected it for those whom it had reached; null: none.';
