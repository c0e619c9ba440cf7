-- The workflows that use a template, directly or through others that include it: in the version that is published, in the draft, or both. In
-- the context of an enterprise its own workflows; without one, which only an admin may, what is shared and every enterprise's
-- workflow that takes this shared template. No enterprise is ever shown another's.
create or replace function notify.list_dependents(p_template_key text)
returns table (
  enterprise_id uuid,
  workflow_key text,
  workflow_type text,
  published_version integer,
  is_in_published boolean,
  is_in_draft boolean
)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_shared constant uuid := '00000000-0000-0000-0000-000000000000';
  v_manager uuid := notify.managed_enterprise_id();
  v_keys text[] := array[p_template_key];
  v_found text[] := v_keys;
begin
  -- the keys of all templates that include it, directly or not, whoever's they are: who else could be concerned
  while cardinality(v_found) > 0 loop
    v_found := array(
      select distinct t.template_key
      from notify.ent_notification_template as t
      where
        (v_manager = v_shared or t.enterprise_id in (v_manager, v_shared))
        and t.template_key <> all(v_keys)
        and exists (
          select
          from unnest(v_found) as f
          where strpos(t.body_template, f) > 0 or strpos(t.subject_template, f) > 0
        )
        and (template.find_includes(t.body_template) || template.find_includes(t.subject_template)) && v_found
    );
    v_keys := v_keys || v_found;
  end loop;
  return query
  select u.*
  from (
    select
      w.enterprise_id, w.workflow_key, w.workflow_type, w.published_version,
      exists (
        select
        from notify.notification_workflow_version as v
        cross join lateral json_object_keys(v.bundle -> 'templates') as b (name)
        where
          v.enterprise_id = w.enterprise_id
          and v.workflow_id = w.id
          and v.version = w.published_version
          and b.name ~ ('^[A-Z_]+/' || p_template_key || '(@|$)')
          -- an enterprise's own template of that key is not the shared one
          and not (
            v_manager = v_shared
            and w.enterprise_id <> v_shared
            and exists (
              select
              from notify.ent_notification_template as o
              where
                o.enterprise_id = w.enterprise_id
                and o.template_key = p_template_key
                and o.channel_type = split_part(b.name, '/', 1)
                and o.locale = ''
            )
          )
      ) as is_in_published,
      exists (
        select
        from unnest(array['CHAT', 'EMAIL', 'IN_APP', 'PUSH', 'SMS']) as c (channel_type)
        cross join lateral (select coalesce(w.template_overrides ->> c.channel_type, w.workflow_key) as entry_key) as e
        cross join lateral notify.collect_templates(w.enterprise_id, c.channel_type, e.entry_key) as t
        where
          e.entry_key = any(v_keys)
          and t.template_key = p_template_key
          and (v_manager <> v_shared or t.enterprise_id = v_shared)
      ) as is_in_draft
    from notify.ent_notification_workflow as w
    where v_manager = v_shared or w.enterprise_id = v_manager
  ) as u
  where u.is_in_published or u.is_in_draft
  order by u.enterprise_id, u.workflow_key;
end
$$;

alter function notify.list_dependents(text) owner to notify_owner;
grant execute on function notify.list_dependents(text) to notify_manager, notify_admin;
comment on function notify.list_dependents(text) is
'The workflows that use a template, also through others: select * from notify.list_dependents(''footer''). For the enterprise in the context; an admin without a context sees the shared ones, and each enterprise''s that take the shared template.';
