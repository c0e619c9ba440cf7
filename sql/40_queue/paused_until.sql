-- The time that stands in due_at of what is paused: later than anything is scheduled for, and not infinity, which many clients can't read.
create or replace function engine.paused_until() returns timestamptz
language sql
immutable
parallel safe
return '9999-12-31 00:00:00.000001+00'::timestamptz;

alter function engine.paused_until() owner to notify_engine;
comment on function engine.paused_until() is 'The time that stands for: not before it is resumed.';
