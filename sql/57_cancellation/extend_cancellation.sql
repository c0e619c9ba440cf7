-- Keeps the lease of a cancellation while it is under way: for the worker that holds it, as long as it does.
create or replace function engine.extend_cancellation(
  p_worker text,
  p_request_id text,
  p_attempt integer,
  p_until timestamptz
)
returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  update notify.notification_cancellation as c
  set due_at = p_until
  where
    c.enterprise_id = split_part(p_request_id, '/', 2)::uuid
    and c.notification_id = split_part(p_request_id, '/', 3)::uuid
    and c.transaction_id = split_part(p_request_id, '/', 4)::uuid
    and c.attempt = p_attempt
    and c.claimed_by = p_worker
    and c.due_at > notify.now() + interval '1 second';
  return found;
end
$$;

alter function engine.extend_cancellation(text, text, integer, timestamptz) owner to notify_engine;
comment on function engine.extend_cancellation(text, text, integer, timestamptz) is 'Extends the lease of a cancellation; false: no longer this worker''s.';
