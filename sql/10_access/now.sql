-- The one clock. Statement time: what one call decides, it decides at one moment, and the planner can use it in an index.
-- A test database replaces this function to move time; there is no setting for it, since any login could set that.
create or replace function notify.now() returns timestamptz
language sql
stable
parallel safe
return pg_catalog.statement_timestamp();

alter function notify.now() owner to notify_owner;
grant execute on function notify.now() to
notify_owner, notify_engine, notify_platform, notify_manager, notify_admin, notify_analyst,
notify_analyst_all;
comment on function notify.now() is 'The time by which XNovu decides: that at which the caller''s statement began.';
