-- One batch call into the template engine: each distinct version's bundle once, and each item's payload. What has a fault already
-- is left out. Items for which the 250 ms had no room are missing from the answer.
drop function if exists engine.render_items(engine.render_item[]); -- as it was before fallbacks
create or replace function engine.render_items(p_items engine.render_item[], p_faults jsonb[])
returns table (item integer, content text, warnings text, error text)
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  return query
  with item as (
    select i.*, row_number() over () as item, p_faults[row_number() over ()] as known_fault
    from unnest(p_items) as i
  ),
  version as (
    select v.enterprise_id, v.workflow_id, v.version, v.bundle_hash, v.bundle::text as bundle, row_number() over () as place
    from (
      select distinct i.workflow_enterprise_id, i.workflow_id, i.workflow_version from item as i where i.known_fault is null
    ) as t
    inner join notify.notification_workflow_version as v
      on t.workflow_enterprise_id = v.enterprise_id and t.workflow_id = v.workflow_id and t.workflow_version = v.version
  ),
  asked as (
    select
      array_agg(i.item order by i.item) as items,
      array_agg(v.place::integer order by i.item) as bundles,
      array_agg(i.payload order by i.item) as payloads,
      array_agg(i.context order by i.item) as contexts,
      array_agg(array_to_string(i.channels, ',') order by i.item) as channels
    from item as i
    inner join version as v
      on i.workflow_enterprise_id = v.enterprise_id and i.workflow_id = v.workflow_id and i.workflow_version = v.version
    where i.known_fault is null
  )
  select a.items[r.item]::integer, r.content, r.warnings, r.error
  from asked as a
  cross join lateral template.render_batch(
    (select array_agg(v.bundle_hash order by v.place) from version as v),
    (select array_agg(v.bundle order by v.place) from version as v),
    a.bundles, a.payloads, a.contexts, a.channels, 250
  ) as r
  where a.items is not null;
end
$$;

alter function engine.render_items(engine.render_item[], jsonb[]) owner to notify_engine;
comment on function engine.render_items(engine.render_item[], jsonb[]) is 'Renders a batch of notifications in one call into the template engine.';
