-- Keeps the lease of a poll while it is under way: for the worker that holds it, as long as it does.
create or replace function engine.extend_poll(p_worker text, p_request_id text, p_attempt integer, p_until timestamptz)
returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  update notify.notification_poll as p
  set due_at = p_until
  where
    p.is_chosen
    and p.enterprise_id = split_part(p_request_id, '/', 2)::uuid
    and p.poll_id = split_part(p_request_id, '/', 3)::bigint
    and p.attempt = p_attempt
    and p.claimed_by = p_worker
    and p.due_at > notify.now() + interval '1 second';
  return found;
end
$$;

alter function engine.extend_poll(text, text, integer, timestamptz) owner to notify_engine;
comment on function engine.extend_poll(text, text, integer, timestamptz) is 'Extends the lease of a poll; false: no longer this worker''s.';
