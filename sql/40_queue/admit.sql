-- Moves deliveries that are due from the table into their lane's queue, enterprises taking turns: a pass visits up to 50
-- enterprises, from the one after the last that was served, and takes at least 100 of each (more where there are few; fewer where an
-- enterprise's limit says so, but for the critical lane, or a target has no tokens for it). A claim
-- calls it when the queue is empty; so the queue stays short, and one enterprise's million delays another's ten by one pass.
-- The caller holds the lane's lock. Locked rows are skipped, so it never waits and can't deadlock.
create or replace function engine.admit(p_lane text) returns integer
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_enterprises uuid[] := engine.next_enterprises(p_lane, 50);
  v_picked engine.delivery_key[];
  v_messages jsonb[];
  v_count integer;
begin
  if cardinality(v_enterprises) = 0 then
    return 0;
  end if;
  v_picked := engine.pick_waiting(p_lane, v_enterprises, greatest(100, 1000 / cardinality(v_enterprises)));
  v_picked := engine.keep_affordable(p_lane, v_picked);
  if p_lane <> 'critical' then
    v_picked := engine.take_allowance(v_picked);
  end if;
  with admitted as (
    update notify.notification_delivery as d
    set due_at = null
    from unnest(v_picked) as p
    where
      d.enterprise_id = p.enterprise_id
      and d.notification_id = p.notification_id
      and d.number = p.number
    returning d.enterprise_id, d.notification_id, d.number, d.is_alone
  ),
  part as (
    select
      a.*,
      row_number() over (partition by a.enterprise_id, a.is_alone order by a.notification_id, a.number) - 1 as place
    from admitted as a
  ),
  message as (
    select
      jsonb_build_object(
        'enterprise_id', p.enterprise_id,
        'deliveries', jsonb_agg(jsonb_build_array(p.notification_id, p.number))
      ) || case when p.is_alone then '{"alone": true}' else '{}' end::jsonb as message,
      count(*) as delivery_count,
      min(p.place) as place
    from part as p
    group by p.enterprise_id, p.is_alone, case when p.is_alone then p.place else p.place / 100 end
  )
  select array_agg(m.message order by m.place), sum(m.delivery_count)
  into v_messages, v_count
  from message as m;
  if v_messages is not null then
    perform pgmq.send_batch(p_lane, v_messages);
  end if;
  return coalesce(v_count, 0);
end
$$;

alter function engine.admit(text) owner to notify_engine;
comment on function engine.admit(text) is
'Moves due deliveries of a lane into its queue, enterprises taking turns; returns how many.';
