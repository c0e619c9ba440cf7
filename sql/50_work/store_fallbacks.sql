-- After a statement failed while an emergency was rendered alone: keeps its fallback instead. False where it has none, or where even
-- that fails.
create or replace function engine.store_fallbacks(p_claim notify.notification_claim, p_fault jsonb) returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_items engine.render_item[] := engine.find_render_items(p_claim.keys, p_claim.lane);
  v_contents text[];
  v_warnings text[];
begin
  select f.p_contents, f.p_warnings into v_contents, v_warnings
  from engine.fall_back(p_claim, v_items, '{}', '{}', array_fill(p_fault, array[cardinality(v_items)])) as f;
  perform engine.store_rendered(p_claim.worker, v_items, v_contents, v_warnings, null);
  return cardinality(v_contents) > 0;
exception
  when data_exception or integrity_constraint_violation or program_limit_exceeded then
    return false;
end
$$;

alter function engine.store_fallbacks(notify.notification_claim, jsonb) owner to notify_engine;
comment on function engine.store_fallbacks(notify.notification_claim, jsonb) is
'Keeps the fallbacks of a claim of the critical lane that could not be rendered.';
