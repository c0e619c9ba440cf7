-- Renders what a claim holds, as far as it is not rendered yet. Failures of one leave the others alone; what the engine had no
-- time for comes back without content or fault, and waits for the next claim. An emergency that crashed alone goes out as its fallback.
create or replace function engine.render_claim(p_claim notify.notification_claim) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_items engine.render_item[] := engine.find_render_items(p_claim.keys, p_claim.lane);
  v_contents text[] := array_fill(null::text, array[cardinality(v_items)]);
  v_warnings text[] := v_contents;
  v_faults jsonb[] := array(select i.fault from unnest(v_items) as i);
  v_rendered record;
  v_count integer;
  v_began_at timestamptz := clock_timestamp();
  v_seconds real;
  v_left integer := cardinality(v_items) - cardinality(array_remove(v_faults, null));
begin
  if cardinality(v_items) = 0 then
    return;
  end if;
  if p_claim.lane = 'critical' and cardinality(p_claim.keys) = 1 and exists (
    select
    from unnest(p_claim.keys) as k
    inner join notify.notification_delivery as d
      on k.enterprise_id = d.enterprise_id and k.notification_id = d.notification_id and k.number = d.number
    where d.strike_count >= 2
  ) then
    v_faults := array(select coalesce(i.fault, engine.crashed_fault(2)) from unnest(v_items) as i);
  end if;
  v_count := v_left;
  for v_rendered in
    select r.item, r.content, r.warnings, r.error::jsonb as error
    from engine.render_items(v_items, v_faults) as r
  loop
    v_left := v_left - 1;
    if octet_length(v_rendered.content) > 480000 then
      v_faults[v_rendered.item] := engine.too_large_fault(octet_length(v_rendered.content));
    else
      v_contents[v_rendered.item] := v_rendered.content;
      v_warnings[v_rendered.item] := v_rendered.warnings;
      v_faults[v_rendered.item] := v_rendered.error;
    end if;
  end loop;
  v_seconds := extract(epoch from clock_timestamp() - v_began_at) / greatest(v_count - v_left, 1);
  if p_claim.lane = 'critical' then
    select f.p_contents, f.p_warnings, f.p_faults into v_contents, v_warnings, v_faults
    from engine.fall_back(p_claim, v_items, v_contents, v_warnings, v_faults) as f;
  end if;
  perform engine.store_rendered(p_claim.worker, v_items, v_contents, v_warnings, v_seconds);
  perform engine.fail_items(p_claim.worker, v_items, v_faults);
  if v_left > 0 then
    perform engine.release_unrendered(p_claim, v_items, v_contents, v_faults);
  end if;
end
$$;

alter function engine.render_claim(notify.notification_claim) owner to notify_engine;
comment on function engine.render_claim(notify.notification_claim) is 'Renders what a claim holds and is not rendered yet.';
