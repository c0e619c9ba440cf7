-- Forgets latencies of more than 8 days ago, up to p_most rows; returns how many.
create or replace function engine.prune_latencies(p_most integer) returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_count integer;
begin
  delete from notify.notification_latency_count as c
  where c.ctid = any(array(
    select o.ctid
    from notify.notification_latency_count as o
    where o.minute < date_trunc('hour', notify.now()) - interval '8 days'
    limit p_most
  ));
  get diagnostics v_count = row_count;
  return v_count;
end
$$;

alter function engine.prune_latencies(integer) owner to notify_engine;
comment on function engine.prune_latencies(integer) is 'Forgets latencies of more than 8 days ago; returns how many rows.';
