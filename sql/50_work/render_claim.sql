-- Renders what a claim holds, as far as it is not rendered yet. Failures of one leave the others alone; what the engine had no
-- time for comes back without content or fault, and stays PENDING.
create or replace function engine.render_claim(p_claim notify.notification_claim) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_items engine.render_item[] := engine.find_render_items(p_claim.keys);
  v_contents text[] := array_fill(null::text, array[cardinality(v_items)]);
  v_warnings text[] := v_contents;
  v_faults jsonb[] := array(select i.fault from unnest(v_items) as i);
  v_rendered record;
begin
  if cardinality(v_items) = 0 then
    return;
  end if;
  for v_rendered in
    select r.item, r.content, r.warnings, r.error::jsonb as error
    from engine.render_items(v_items) as r
  loop
    if octet_length(v_rendered.content) > 480000 then
      v_faults[v_rendered.item] := engine.too_large_fault(octet_length(v_rendered.content));
    else
      v_contents[v_rendered.item] := v_rendered.content;
      v_warnings[v_rendered.item] := v_rendered.warnings;
      v_faults[v_rendered.item] := v_rendered.error;
    end if;
  end loop;
  perform engine.store_rendered(p_claim.worker, v_items, v_contents, v_warnings);
  perform engine.fail_items(p_claim.worker, v_items, v_faults);
end
$$;

alter function engine.render_claim(notify.notification_claim) owner to notify_engine;
comment on function engine.render_claim(notify.notification_claim) is 'Renders what a claim holds and is not rendered yet.';
