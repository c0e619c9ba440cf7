-- Has Novu discover anew where a published workflow, or what is wanted of one, changed: on the default target for what is shared or of an
-- enterprise without its own, and on the enterprise's own. p_enterprise_id: whose; null or the nil UUID: everywhere.
create or replace function engine.discover_again(p_enterprise_id uuid) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  update notify.notification_bridge as b
  set changed_at = notify.now(), is_in_step = false, due_at = case when b.claimed_by is null then notify.now() else b.due_at end
  where
    coalesce(p_enterprise_id, '00000000-0000-0000-0000-000000000000') = '00000000-0000-0000-0000-000000000000'
    or b.target in (
      'default', (select t.target from notify.notification_target as t where t.enterprise_id = p_enterprise_id)
    );
end
$$;

alter function engine.discover_again(uuid) owner to notify_engine;
comment on function engine.discover_again(uuid) is 'Has Novu discover the workflows anew on the targets in bridge mode that this enterprise''s go to.';
