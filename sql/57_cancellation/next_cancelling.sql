-- Up to p_most enterprises with something to cancel that is due on a lane, in an order that changes, so that each has its turn. One or
-- two index probes an enterprise, however much each of them has; one, when there is nothing to cancel at all.
create or replace function engine.next_cancelling(p_lane text, p_most integer) returns uuid[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_enterprises uuid[];
begin
  if not exists (select from notify.notification_cancellation as c where c.due_at is not null) then
    return '{}'; -- as nearly always
  end if;
  with recursive turn as (
    (
      select c.enterprise_id
      from notify.notification_cancellation as c
      where c.due_at is not null
      order by c.enterprise_id
      limit 1
    )
    union all
    select (
      select c.enterprise_id
      from notify.notification_cancellation as c
      where c.due_at is not null and c.enterprise_id > t.enterprise_id
      order by c.enterprise_id
      limit 1
    )
    from turn as t
    where t.enterprise_id is not null
  )
  select array(
    select t.enterprise_id
    from turn as t
    -- no EXISTS: the planner would make a join of it, over all that is due
    where (
      select true
      from notify.notification_cancellation as c
      where c.enterprise_id = t.enterprise_id and c.lane = p_lane and c.due_at <= notify.now()
      limit 1
    )
    order by random()
    limit p_most
  ) into v_enterprises;
  return v_enterprises;
end
$$;

alter function engine.next_cancelling(text, integer) owner to notify_engine;
comment on function engine.next_cancelling(text, integer) is 'Enterprises with something to cancel on a lane, in an order that changes.';
