-- Counts what a statement did to receipts: what is new adds, what was before takes away, by the day and workflow of their notifications.
-- Appended, never added up here: two calls of Novu's never wait for each other.
create or replace function engine.count_receipts() returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op = 'INSERT' then
    perform engine.append_receipts(array(select (s.enterprise_id, s.notification_id, s.channel_type, s.receipt_status, 1)::engine.receipt_change from after_it as s));
  elsif tg_op = 'DELETE' then
    perform engine.append_receipts(array(select (s.enterprise_id, s.notification_id, s.channel_type, s.receipt_status, -1)::engine.receipt_change from before_it as s));
  else
    perform engine.append_receipts(array(
      select (s.enterprise_id, s.notification_id, s.channel_type, s.receipt_status, 1)::engine.receipt_change from after_it as s
      union all
      select (s.enterprise_id, s.notification_id, s.channel_type, s.receipt_status, -1)::engine.receipt_change from before_it as s
    ));
  end if;
  return null;
end
$$;

alter function engine.count_receipts() owner to notify_engine;
grant execute on function engine.count_receipts() to notify_owner;
comment on function engine.count_receipts() is 'Trigger function: counts what a statement did to receipts.';

create or replace trigger count_inserted after insert on notify.notification_receipt
referencing new table as after_it
for each statement execute function engine.count_receipts();

create or replace trigger count_updated after update on notify.notification_receipt
referencing old table as before_it new table as after_it
for each statement execute function engine.count_receipts();

create or replace trigger count_deleted after delete on notify.notification_receipt
referencing old table as before_it
for each statement execute function engine.count_receipts();
