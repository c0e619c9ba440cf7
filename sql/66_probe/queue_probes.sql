-- Has each target asked: those that are new from a minute on, those that are gone no longer. Once a minute, by the tick.
create or replace function engine.queue_probes() returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into notify.notification_probe (target, due_at)
  select k.target, notify.now() + interval '1 minute'
  from (
    select 'default' as target
    union
    select t.target
    from notify.notification_target as t
  ) as k
  on conflict (target) do nothing;
  delete from notify.notification_probe as p
  where p.target <> 'default' and not exists (select from notify.notification_target as t where t.target = p.target);
end
$$;

alter function engine.queue_probes() owner to notify_engine;
comment on function engine.queue_probes() is 'Has each target asked whether it answers, and those that are gone no longer.';
