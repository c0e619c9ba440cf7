-- What a target in bridge mode is to have discovered, in short: it changes when another version is published, or a workflow comes or goes.
create or replace function engine.bridge_digest(p_target text) returns text
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select md5(coalesce(string_agg(w.novu_workflow_id || ' ' || (w.version).version, ',' order by w.novu_workflow_id), ''))
  from engine.bridge_workflows(p_target) as w
$$;

alter function engine.bridge_digest(text) owner to notify_engine;
comment on function engine.bridge_digest(text) is 'What a target in bridge mode is to have discovered, as a digest.';
