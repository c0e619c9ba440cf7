-- Errands are the requests that are no deliveries: what Novu must be told of workflows, that it is to discover them anew, cancellations,
-- whether it answers, and what became of deliveries. Each kind has a table of its
-- own, whose rows are leased there, and four functions: claim, build, report, extend; its requests' ids begin with a word of its own,
-- where a delivery's begin with an enterprise. Here they are leased: those of a lane, beside its deliveries, and never so many that these
-- have to wait long. Returns how many.
create or replace function engine.claim_errands(p_worker text, p_lane text, p_lease interval, p_is_held boolean)
returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_count integer := engine.claim_cancellations(p_worker, p_lane, p_lease, p_is_held)
    + engine.claim_polls(p_worker, p_lane, p_lease, p_is_held);
begin
  if p_lane = 'bulk' then
    v_count := v_count + engine.claim_syncs(p_worker, p_lease) + engine.claim_bridges(p_worker, p_lease)
      + engine.claim_probes(p_worker, p_lease);
  end if;
  return v_count;
end
$$;

alter function engine.claim_errands(text, text, interval, boolean) owner to notify_engine;
comment on function engine.claim_errands(text, text, interval, boolean) is
'Leases what a lane has to ask of Novu beside its deliveries to a worker, and returns how many requests.';
