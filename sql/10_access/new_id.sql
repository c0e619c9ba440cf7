-- Ids that sort by time (UUID version 7, RFC 9562): 48 bits of milliseconds, then random bits. Rows made together lie together
-- in the index, which random ids do not. The time in them is the creation time, which whoever may read the id may read anyway.
create or replace function notify.new_id() returns uuid
language sql
volatile
parallel safe
return pg_catalog.encode(
  pg_catalog.set_bit(
    pg_catalog.set_bit(
      pg_catalog.substr(
        pg_catalog.int8send((extract(epoch from pg_catalog.clock_timestamp()) * 1000)::bigint), 3
      )
      || pg_catalog.substr(pg_catalog.uuid_send(pg_catalog.gen_random_uuid()), 7),
      52, 1 -- random ids have version 4; these two bits make it 7
    ),
    53, 1
  ),
  'hex'
)::uuid;

alter function notify.new_id() owner to notify_owner;
grant execute on function notify.new_id() to
notify_owner, notify_engine, notify_platform, notify_manager, notify_admin;
comment on function notify.new_id() is 'A new id that sorts by its time of creation (UUID version 7).';
