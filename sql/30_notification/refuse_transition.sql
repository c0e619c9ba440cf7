-- The trigger's end of the state machine: reached only by a transition that notify.may_become does not allow.
create or replace function notify.refuse_transition() returns trigger
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception using
    errcode = 'XN201',
    message = format('a notification can''t go from %s to %s', old.notification_status, new.notification_status),
    hint = 'PENDING → PROCESSING → SENT or FAILED; PENDING → FAILED; any → RETRACTED; FAILED → PENDING by a replay.';
end
$$;

alter function notify.refuse_transition() owner to notify_owner;
comment on function notify.refuse_transition() is 'Trigger function: refuses a transition that the state machine does not have.';
