-- A bundle as the template engine checks it: with the variables that the templates' variables_description declares, and the enterprise's
-- settings beside it. Rendering needs neither, so a version does not keep them.
create or replace function notify.check_text(p_enterprise_id uuid, p_bundle json) returns text
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select (
    p_bundle::jsonb || jsonb_build_object(
      'variables', (
        select coalesce(jsonb_object_agg(d.name, d.variables), '{}')
        from (
          select t.channel_type || '/' || t.template_key as name, jsonb_agg(distinct v.variable) as variables
          from notify.ent_notification_template as t
          cross join lateral jsonb_object_keys(t.variables_description) as v (variable)
          where
            t.enterprise_id in (p_enterprise_id, '00000000-0000-0000-0000-000000000000')
            and (t.channel_type || '/' || t.template_key) in (
              select split_part(n.name, '@', 1) from json_object_keys(p_bundle -> 'templates') as n (name)
            )
          group by t.channel_type, t.template_key
        ) as d
      ),
      'settings', (
        select notify.describe_settings(s)
        from (select p_enterprise_id as id) as e
        left join notify.notification_setting as s on e.id = s.enterprise_id
      )
    )
  )::text
$$;

alter function notify.check_text(uuid, json) owner to notify_owner;
comment on function notify.check_text(uuid, json) is 'A bundle as the template engine checks it.';
