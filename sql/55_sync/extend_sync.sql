-- Keeps the lease of a request about a workflow while it is under way: for the worker that holds it, as long as it does.
create or replace function engine.extend_sync(p_worker text, p_request_id text, p_attempt integer, p_until timestamptz)
returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  update notify.notification_sync as s
  set due_at = p_until
  where
    engine.sync_request_id(s) = p_request_id
    and s.attempt = p_attempt
    and s.claimed_by = p_worker
    and s.due_at > notify.now() + interval '1 second';
  return found;
end
$$;

alter function engine.extend_sync(text, text, integer, timestamptz) owner to notify_engine;
comment on function engine.extend_sync(text, text, integer, timestamptz) is 'Extends the lease of a request about a workflow; false: no longer this worker''s.';
