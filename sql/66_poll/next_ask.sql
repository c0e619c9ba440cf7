-- When a lane's schedule asks next of a delivery that has been SENT for so long; null: no more.
create or replace function engine.next_ask(p_lane text, p_age interval) returns interval
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select min(s.ask_after)
  from notify.notification_receipt_schedule as s
  where s.lane = p_lane and s.ask_after > p_age
$$;

alter function engine.next_ask(text, interval) owner to notify_engine;
comment on function engine.next_ask(text, interval) is 'When a lane''s schedule asks next of what has been SENT for so long; null: no more.';
