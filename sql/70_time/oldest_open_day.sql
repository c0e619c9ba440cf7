-- The first day of which something must be kept, however old: that on which the oldest notification was made that is under way. One that
-- was neither claimed nor rendered has neither content nor history.
create or replace function engine.oldest_open_day() returns date
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select (min(n.created_at) at time zone 'UTC')::date
  from notify.notification_delivery as d
  inner join notify.ent_notification as n on d.enterprise_id = n.enterprise_id and d.notification_id = n.id
  where d.delivery_status = 'OPEN' and (d.attempt > 0 or n.rendered_at is not null)
$$;

alter function engine.oldest_open_day() owner to notify_engine;
comment on function engine.oldest_open_day() is 'The day on which the oldest notification under way was made; null: none is.';
