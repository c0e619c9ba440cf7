-- Takes out of a claim the deliveries for whose rendering the time was too short: they wait for the next one.
create or replace function engine.release_unrendered(
  p_claim notify.notification_claim,
  p_items engine.render_item[],
  p_contents text[],
  p_faults jsonb[]
) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  with left_over as materialized (
    select
      p_items[n].enterprise_id as enterprise_id, p_items[n].notification_id as notification_id,
      p_items[n].number as number, p_items[n].variant as variant
    from generate_subscripts(p_items, 1) as n
    where p_contents[n] is null and p_faults[n] is null
  ),
  key as materialized (
    select k.enterprise_id, k.notification_id, k.number, l.variant
    from unnest(p_claim.keys) as k
    inner join left_over as l
      on
        k.enterprise_id = l.enterprise_id
        and k.notification_id = l.notification_id
        and k.number = coalesce(l.number, k.number)
  )
  update notify.notification_delivery as d
  set claim_id = null, due_at = notify.now()
  from key as k
  where
    d.enterprise_id = k.enterprise_id
    and d.notification_id = k.notification_id
    and d.number = k.number
    and d.claim_id = p_claim.claim_id
    and engine.variant_of(d.payload, d.recipients) = k.variant;
end
$$;

alter function engine.release_unrendered(notify.notification_claim, engine.render_item[], text[], jsonb[])
owner to notify_engine;
comment on function engine.release_unrendered(notify.notification_claim, engine.render_item[], text[], jsonb[]) is
'Takes out of a claim what was not rendered in time.';
