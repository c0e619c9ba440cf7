-- Forgets the percentiles of minutes more than 8 days ago, and the buckets that they were worked out from after a day; up to p_most rows of
-- each. Returns how many.
create or replace function engine.prune_latencies(p_most integer) returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_today timestamptz := date_trunc('hour', notify.now());
  v_minutes integer;
  v_buckets integer;
begin
  delete from notify.notification_latency_minute as c
  where c.ctid = any(array(
    select o.ctid from notify.notification_latency_minute as o where o.minute < v_today - interval '8 days' limit p_most
  ));
  get diagnostics v_minutes = row_count;
  delete from notify.notification_latency_count as c
  where c.ctid = any(array(
    select o.ctid
    from notify.notification_latency_count as o
    where o.is_total and o.minute < v_today - interval '1 day'
    limit p_most
  ));
  get diagnostics v_buckets = row_count;
  return v_minutes + v_buckets;
end
$$;

alter function engine.prune_latencies(integer) owner to notify_engine;
comment on function engine.prune_latencies(integer) is 'Forgets old latencies; returns how many rows.';
