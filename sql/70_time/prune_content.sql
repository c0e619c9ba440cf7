-- Removes what was rendered for an enterprise longer than p_days ago, up to p_most rows, but for that of what is under way; returns how
-- many. Found by the whole key, the time in it included, so that only the partitions are looked into in which it stands.
create or replace function engine.prune_content(p_enterprise_id uuid, p_days integer, p_most integer) returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_count integer;
begin
  with old as materialized (
    select c.enterprise_id, c.notification_id, c.variant, c.rendered_at
    from notify.notification_content as c
    where
      c.enterprise_id = p_enterprise_id
      and c.rendered_at < date_trunc('day', notify.now(), 'UTC') - p_days * interval '1 day'
      and not exists (
        select
        from notify.notification_delivery as d
        where
          d.enterprise_id = c.enterprise_id and d.notification_id = c.notification_id and d.delivery_status = 'OPEN'
      )
    limit p_most
  )
  delete from notify.notification_content as c
  using old as o
  where
    c.enterprise_id = o.enterprise_id
    and c.notification_id = o.notification_id
    and c.variant = o.variant
    and c.rendered_at = o.rendered_at;
  get diagnostics v_count = row_count;
  return v_count;
end
$$;

alter function engine.prune_content(uuid, integer, integer) owner to notify_engine;
comment on function engine.prune_content(uuid, integer, integer) is 'Removes old content of an enterprise; returns how many rows.';
