-- Keeps the leases of errands while a slow one runs, each by its kind's function. The lease is due_at: what is never reported is due again
-- a second after it ended.
create or replace function engine.extend_errands(p_worker text, p_requests jsonb, p_lease interval)
returns table (request_id text, extended boolean)
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_until constant timestamptz := notify.now() + p_lease + interval '1 second';
begin
  return query
  select
    a.request_id,
    case split_part(a.request_id, '/', 1)
      when 'sync' then engine.extend_sync(p_worker, a.request_id, a.attempt, v_until)
      when 'cancel' then engine.extend_cancellation(p_worker, a.request_id, a.attempt, v_until)
      when 'bridge' then engine.extend_bridge(p_worker, a.request_id, a.attempt, v_until)
      when 'probe' then engine.extend_probe(p_worker, a.request_id, a.attempt, v_until)
      when 'poll' then engine.extend_poll(p_worker, a.request_id, a.attempt, v_until)
      else false
    end
  from (
    select q.request ->> 'request_id' as request_id, (q.request ->> 'attempt')::integer as attempt
    from jsonb_array_elements(p_requests) as q (request)
  ) as a;
end
$$;

alter function engine.extend_errands(text, jsonb, interval) owner to notify_engine;
comment on function engine.extend_errands(text, jsonb, interval) is 'Extends the leases of errands that this worker still holds.';
