-- A new transactionId for a delivery: random, but for the notification's first 48 bits in front, which of an id of our own are its time.
-- So the delivery that Novu names is found by its key, and no index is needed that every INSERT would pay for. Short, to be inlined.
create or replace function notify.new_transaction_id(p_notification_id uuid) returns uuid
language sql
volatile
parallel safe
return (
  pg_catalog.left(p_notification_id::text, 13) || pg_catalog.right(pg_catalog.gen_random_uuid()::text, 23)
)::uuid;

alter function notify.new_transaction_id(uuid) owner to notify_owner;
grant execute on function notify.new_transaction_id(uuid) to notify_owner, notify_engine;
comment on function notify.new_transaction_id(uuid) is 'A new transactionId for a delivery of this notification: random, behind its first 48 bits.';
