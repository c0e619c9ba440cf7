-- Renders what a claim holds, as far as it is not rendered yet. Failures of one leave the others alone.
create or replace function engine.render_claim(p_claim notify.notification_claim) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_items engine.render_item[];
  v_contents text[];
  v_warnings text[];
  v_failed engine.notification_key[];
  v_faults jsonb[];
begin
  v_items := engine.find_render_items(p_claim.keys);
  if v_items is null then
    return;
  end if;
  with rendered as materialized (
    select r.item, r.content, r.warnings, r.error
    from engine.render_items(v_items) as r
  ),
  item as (
    select
      i.enterprise_id, i.notification_id, i.place, r.warnings,
      case when octet_length(r.content) <= 480000 then r.content end as content,
      case
        when octet_length(r.content) > 480000
          then jsonb_build_object(
            'code', 'content_too_large',
            'message', format('what was rendered has %s bytes; Novu takes 512 KB an event', octet_length(r.content))
          )
        else coalesce(i.fault, r.error::jsonb)
      end as fault
    from unnest(v_items) with ordinality as i (
      enterprise_id, notification_id, workflow_enterprise_id, workflow_id, workflow_version, channels, expires_at, payload,
      context, fault, place
    )
    left join rendered as r on i.place = r.item
  )
  select
    array_agg(i.content order by i.place),
    array_agg(i.warnings order by i.place),
    array_agg((i.enterprise_id, i.notification_id)::engine.notification_key) filter (where i.fault is not null),
    array_agg(i.fault) filter (where i.fault is not null)
  into v_contents, v_warnings, v_failed, v_faults
  from item as i;

  perform engine.store_rendered(p_claim.worker, v_items, v_contents, v_warnings);
  if v_failed is not null then
    perform engine.fail_notifications(p_claim.worker, v_failed, v_faults);
  end if;
end
$$;

alter function engine.render_claim(notify.notification_claim) owner to notify_engine;
comment on function engine.render_claim(notify.notification_claim) is 'Renders what a claim holds and is not rendered yet.';
