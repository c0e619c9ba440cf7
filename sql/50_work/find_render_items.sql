-- What is to be rendered for these deliveries: each notification that is still PENDING, once, and of one with recipients' own values
-- whatever is not rendered yet (number is the delivery's, variant the content's), with the workflow that it goes by now, or that its first part was rendered by, its channels, and what the template may know of it (and, as settings, what the engine takes from the enterprise). One without a usable workflow, or too late, comes with its fault.
-- A fault without variant is the whole notification's.
-- Enterprises take turns, in an order that changes, so that one enterprise's slow templates do not keep another's from being
-- reached.
-- On the critical lane each comes with its fallback, for channels that its workflow has: the default ones where it was to go out on none of them.
drop function if exists engine.find_render_items(engine.delivery_key[]); -- as it was before fallbacks
create or replace function engine.find_render_items(p_keys engine.delivery_key[], p_lane text)
returns engine.render_item[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    with asked as (
      select k.enterprise_id, k.notification_id, array_agg(k.number) as numbers
      from unnest(p_keys) as k
      group by k.enterprise_id, k.notification_id
    ),
    pending as (
      select n.*, coalesce(o.variant, '') as variant, o.number as own_number, o.payload as own_payload
      from asked as k
      inner join notify.ent_notification as n on k.enterprise_id = n.enterprise_id and k.notification_id = n.id
      left join lateral engine.find_variants(
        case when n.recipient_payload is not null and n.notification_status in ('PENDING', 'PROCESSING') then n.enterprise_id end,
        n.id, k.numbers, coalesce(n.rendered_at, 'infinity')
      ) as o on true
      where case when n.recipient_payload is null then n.notification_status = 'PENDING' else o.variant is not null end
    ),
    wanted as (
      select distinct
        p.enterprise_id, p.workflow_key, p.workflow_enterprise_id, p.workflow_id, p.rendered_at,
        case when p.rendered_at is not null then p.id end as rendered_id
      from pending as p
    ),
    found_version as (
      select
        t.enterprise_id, t.workflow_key, coalesce(t.workflow_id, t.enterprise_id) as wanted_id, t.rendered_id,
        v.enterprise_id as workflow_enterprise_id, v.workflow_id, v.version, v.default_channels, v.expires_after,
        coalesce(nullif(btrim(v.name), ''), t.workflow_key) as name, v.fallback_text,
        case when p_lane = 'critical' then array(select json_object_keys(v.bundle -> 'channels')) end as offered
      from wanted as t
      cross join lateral (
        select w.enterprise_id, w.id, w.published_version as version
        from notify.find_workflow(t.enterprise_id, t.workflow_key, t.workflow_enterprise_id, t.workflow_id) as w
        where t.rendered_id is null
        union all
        select r.workflow_enterprise_id, r.workflow_id, r.version
        from engine.rendered_by(t.enterprise_id, t.rendered_id, t.rendered_at) as r
      ) as w
      inner join notify.notification_workflow_version as v
        on w.enterprise_id = v.enterprise_id and w.id = v.workflow_id and w.version = v.version
    ),
    item as (
      select
        p.*, row_number() over (partition by p.enterprise_id order by p.id) as turn,
        notify.describe_settings(s) as settings,
        f.workflow_enterprise_id as found_enterprise_id, f.workflow_id as found_id, f.version, f.default_channels,
        f.name as title, f.fallback_text, f.offered,
        coalesce(p.expires_at, greatest(p.created_at, p.scheduled_for) + f.expires_after) as last_moment
      from pending as p
      left join found_version as f
        on p.enterprise_id = f.enterprise_id
        and p.workflow_key = f.workflow_key
        and coalesce(p.workflow_id, p.enterprise_id) = f.wanted_id
        and (p.id = f.rendered_id or (p.rendered_at is null and f.rendered_id is null))
      left join notify.notification_setting as s on p.enterprise_id = s.enterprise_id
    )
    select coalesce(array_agg((
      i.enterprise_id, i.id, i.found_enterprise_id, i.found_id, i.version, c.channels,
      i.last_moment,
      -- what is larger than a payload may be, or no object, gets here on the critical lane only, and is of no use
      case
        when i.own_payload is null then case when i.offered is null or octet_length(i.payload::text) <= 131072 then i.payload::text end
        when i.offered is not null and (jsonb_typeof(i.payload) <> 'object' or octet_length(i.payload::text) > 131072)
          then i.own_payload::text
        else (i.payload || i.own_payload)::text
      end,
      json_build_object(
        'id', i.id, 'enterprise_id', i.enterprise_id, 'name', i.name, 'building', i.building, 'time_zone', i.time_zone,
        'is_drill', i.is_drill, 'priority', i.priority, 'created_at', i.created_at,
        'locale', case when i.locale is not null then notify.clean_locale(i.locale) end, 'is_test', i.is_test, 'settings', i.settings,
        'emergency', case
          when e.fallback is not null
            then json_build_object('fallback', e.fallback, 'dropped', array(select unnest(i.channels) except select unnest(c.channels)))
        end
      )::text,
      w.fault, case when w.is_partial then i.own_number end, case when w.is_partial then i.variant end, i.rendered_at,
      e.fallback::text
    )::engine.render_item order by i.turn, random()), '{}')
    from item as i
    cross join lateral (
      select f.fault, f.fault is null or i.rendered_at is not null as is_partial
      from (
        select case
          when i.version is null then engine.explain_no_workflow(i.enterprise_id, i.workflow_key)
          when i.last_moment <= notify.now() then engine.expired_fault(i.last_moment)
        end as fault
      ) as f
    ) as w
    cross join lateral (
      select case
        when i.offered is null or i.channels is null then coalesce(i.channels, i.default_channels)
        else coalesce(nullif(array(select a.c from unnest(i.channels) as a (c) where a.c = any(i.offered)), '{}'), i.default_channels)
      end as channels
    ) as c
    cross join lateral (
      select case
        when i.offered is not null and w.fault is null
          then notify.fallback_content(i.title, i.fallback_text, c.channels, i.is_test)
      end as fallback
    ) as e
  );
end
$$;

alter function engine.find_render_items(engine.delivery_key[], text) owner to notify_engine;
comment on function engine.find_render_items(engine.delivery_key[], text) is
'The notifications of these deliveries that are still to be rendered, each with its workflow or its fault.';
