-- Keeps the lease of a request that has Novu discover while it is under way: for the worker that holds it, as long as it does.
create or replace function engine.extend_bridge(
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
  update notify.notification_bridge as b
  set due_at = p_until
  where
    'bridge/' || b.target = p_request_id
    and b.attempt = p_attempt
    and b.claimed_by = p_worker
    and b.due_at > notify.now() + interval '1 second';
  return found;
end
$$;

alter function engine.extend_bridge(text, text, integer, timestamptz) owner to notify_engine;
comment on function engine.extend_bridge(text, text, integer, timestamptz) is 'Extends the lease of a request that has Novu discover; false: no longer this worker''s.';
