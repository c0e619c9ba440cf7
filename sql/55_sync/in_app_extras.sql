-- The control values that pass an in-app message's extras on, for those members that some in-app template of the version has. Not
-- tried on a running Novu.
create or replace function engine.in_app_extras(p_bundle jsonb) returns jsonb
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(jsonb_object_agg(m.key, m.value), '{}')
  from jsonb_each(
    '{
      "avatar": "{{payload.in_app.avatar}}",
      "redirect": {"url": "{{payload.in_app.redirect.url}}", "target": "{{payload.in_app.redirect.target}}"}
    }'
  ) as m
  where exists (
    select
    from jsonb_each(p_bundle -> 'templates') as t
    where t.key like 'IN\_APP/%' and t.value -> 'extras' ? m.key
  )
$$;

alter function engine.in_app_extras(jsonb) owner to notify_engine;
comment on function engine.in_app_extras(jsonb) is 'The control values of an in-app step that pass its extras on.';
