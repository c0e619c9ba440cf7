-- Keeps the lease of a request that asks whether Novu answers while it is under way: for the worker that holds it, as long as it does.
create or replace function engine.extend_probe(p_worker text, p_request_id text, p_attempt integer, p_until timestamptz)
returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  update notify.notification_probe as p
  set due_at = p_until
  where
    'probe/' || p.target = p_request_id
    and p.attempt = p_attempt
    and p.claimed_by = p_worker
    and p.due_at > notify.now() + interval '1 second';
  return found;
end
$$;

alter function engine.extend_probe(text, text, integer, timestamptz) owner to notify_engine;
comment on function engine.extend_probe(text, text, integer, timestamptz) is 'Extends the lease of a request that asks whether Novu answers; false: no longer this worker''s.';
