-- After a statement failed while a claim was rendered: which of its notifications did it is not known, so each is claimed alone
-- from now on. One that is alone already ends FAILED; an emergency goes out as its fallback.
create or replace function engine.set_apart(p_claim notify.notification_claim, p_sqlstate text) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_culprit boolean := cardinality(p_claim.keys) = 1;
  v_fault jsonb := jsonb_build_object(
    'code', 'render_failed', 'sqlstate', p_sqlstate,
    'message', 'the database could not render it (SQLSTATE ' || p_sqlstate || ')'
  );
begin
  perform engine.lock_notifications(p_claim.keys);
  if v_culprit and p_claim.lane = 'critical' and engine.store_fallbacks(p_claim, v_fault) then
    return;
  end if;
  update notify.notification_delivery as d
  set
    is_alone = true,
    claim_id = null,
    due_at = case when not v_culprit then notify.now() end,
    delivery_status = case when v_culprit then 'FAILED' else 'OPEN' end,
    finished_at = case when v_culprit then notify.now() end,
    error_details = case
      when v_culprit then v_fault
      else d.error_details
    end
  from unnest(p_claim.keys) as k
  where
    d.enterprise_id = k.enterprise_id
    and d.notification_id = k.notification_id
    and d.number = k.number
    and d.claim_id = p_claim.claim_id;
  if v_culprit then
    perform engine.finish_notifications(
      p_claim.worker,
      array(select (k.enterprise_id, k.notification_id)::engine.notification_key from unnest(p_claim.keys) as k)
    );
  end if;
end
$$;

alter function engine.set_apart(notify.notification_claim, text) owner to notify_engine;
comment on function engine.set_apart(notify.notification_claim, text) is
'After a failed rendering: has each delivery of the claim go alone, or fails the one that was alone.';
