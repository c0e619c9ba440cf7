-- What of the critical lane could not be rendered goes out as its workflow's fallback, with the fault as a warning. So does that for
-- which there was no time at its third claim. What has no fallback (no workflow, expired) is left as it is.
create or replace function engine.fall_back(
  p_claim notify.notification_claim,
  p_items engine.render_item[],
  inout p_contents text[],
  inout p_warnings text[],
  inout p_faults jsonb[]
) returns record
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  for n in 1 .. cardinality(p_items) loop
    continue when p_items[n].fallback is null or p_contents[n] is not null;
    if p_faults[n] is null and exists (
      select
      from notify.notification_delivery as d
      where
        d.enterprise_id = p_items[n].enterprise_id
        and d.notification_id = p_items[n].notification_id
        and d.number between coalesce(p_items[n].number, 1) and coalesce(p_items[n].number, 2147483647)
        and d.claim_id = p_claim.claim_id
        and d.attempt >= 3
    ) then
      p_faults[n] := '{"code": "render_late", "message": "there was no time to render it, three times"}';
    end if;
    continue when p_faults[n] is null;
    p_contents[n] := p_items[n].fallback;
    p_warnings[n] := (
      select jsonb_build_array(p_faults[n]) || jsonb_agg(jsonb_build_object(
        'code', 'fallback_used', 'channel', c, 'message', c || ' went out as the workflow''s fallback text.'
      ))
      from unnest(p_items[n].channels) as c
    );
    p_faults[n] := null;
  end loop;
end
$$;

alter function engine.fall_back(notify.notification_claim, engine.render_item[], text[], text[], jsonb[])
owner to notify_engine;
comment on function engine.fall_back(notify.notification_claim, engine.render_item[], text[], text[], jsonb[]) is
'Puts the workflow''s fallback where something of the critical lane could not be rendered.';
