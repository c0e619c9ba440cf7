-- Has Novu looked at again, since it seems not to have what we thought it has.
create or replace function engine.look_again(p_sync notify.notification_sync) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  update notify.notification_sync as s
  set step = 'LOOK', due_at = notify.now(), is_in_step = false, changed_at = notify.now()
  where
    (s.enterprise_id, s.workflow_enterprise_id, s.workflow_key, s.target) = (
      select u.enterprise_id, u.workflow_enterprise_id, u.workflow_key, u.target
      from notify.notification_sync as u
      where
        u.enterprise_id = p_sync.enterprise_id
        and u.workflow_enterprise_id = p_sync.workflow_enterprise_id
        and u.workflow_key = p_sync.workflow_key
        and u.target = p_sync.target
        and u.step is null
      for update skip locked
    );
end
$$;

alter function engine.look_again(notify.notification_sync) owner to notify_engine;
comment on function engine.look_again(notify.notification_sync) is 'Queues a look at Novu for a workflow of which nothing is under way.';
