-- Which variants of a notification with recipients' own values these of its deliveries need that are not rendered yet, each with its
-- delivery's number and own payload; for all that have none, one, without. p_rendered_at is the time under which the contents are kept. Strict, so that
-- engine.find_render_items calls it for nothing else.
create or replace function engine.find_variants(
  p_enterprise_id uuid,
  p_notification_id uuid,
  p_numbers integer[],
  p_rendered_at timestamptz
) returns table (variant text, number integer, payload jsonb)
language plpgsql
stable
strict
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  return query
  select v.variant, case when v.payload is not null then v.number end, v.payload
  from (
    select distinct on (variant) engine.variant_of(d.payload, d.recipients) as variant, d.number, d.payload
    from unnest(p_numbers) as k (number)
    cross join lateral (
      select d.number, d.recipients, d.payload
      from notify.notification_delivery as d
      where
        d.enterprise_id = p_enterprise_id
        and d.notification_id = p_notification_id
        and d.number = k.number
        and d.delivery_status = 'OPEN'
      offset 0
    ) as d
    order by variant, d.number
  ) as v
  where not exists (
    select
    from notify.notification_content as c
    where
      c.enterprise_id = p_enterprise_id
      and c.notification_id = p_notification_id
      and c.variant = v.variant
      and c.rendered_at = p_rendered_at
    offset 0
  );
end
$$;

alter function engine.find_variants(uuid, uuid, integer[], timestamptz) owner to notify_engine;
comment on function engine.find_variants(uuid, uuid, integer[], timestamptz) is
'The variants that deliveries of a notification with recipients'' own values need and that are not rendered yet.';
