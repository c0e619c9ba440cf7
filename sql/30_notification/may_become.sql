-- The state machine of a notification. Immutable and inlined: the trigger's WHEN asks it without calling anything.
create or replace function notify.may_become(p_from text, p_to text) returns boolean
language sql
immutable
parallel safe
return (
  p_from = p_to
  or (p_from, p_to) in (
    ('PENDING', 'PROCESSING'), ('PENDING', 'FAILED'), ('PENDING', 'RETRACTED'),
    ('PROCESSING', 'SENT'), ('PROCESSING', 'FAILED'), ('PROCESSING', 'RETRACTED'),
    ('FAILED', 'PENDING'), ('FAILED', 'RETRACTED'),
    ('SENT', 'RETRACTED')
  )
);

alter function notify.may_become(text, text) owner to notify_owner;
grant execute on function notify.may_become(text, text) to notify_owner, notify_engine;
comment on function notify.may_become(text, text) is 'Whether a notification may go from one status to the other.';
