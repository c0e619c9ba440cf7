-- All that time makes happen. Called about once a second by every worker; one runs at a time, the others return at once.
-- What may take long comes first, and what others wait for last: the critical lane's lock, and those of the tables whose partitions are
-- made and dropped, are held for a moment only.
-- The planner's settings: a plan that was cached while the tables were small must not scan them when they are large.
create or replace function worker_v1.tick() returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
as $$
declare
  v_now timestamptz := notify.now();
  v_partitioned_at timestamptz;
  v_pruned_at timestamptz;
  v_counted_at timestamptz;
  v_count_failure text;
  v_old_content text[];
  v_old_history text[];
  v_discovering integer;
  v_rescued integer;
  v_admitted integer;
  v_polled_enterprise_id uuid;
  v_polls record;
begin
  perform engine.check_isolation();
  select t.partitioned_at, t.pruned_at, t.counted_at, t.last_polled_enterprise_id
  into v_partitioned_at, v_pruned_at, v_counted_at, v_polled_enterprise_id
  from notify.notification_tick as t
  for update skip locked;
  if not found then
    return '{"ran": false}';
  end if;
  if v_pruned_at not between v_now - interval '1 minute' and v_now then
    select
      engine.overdue_partitions('notification_content', max(r.content_days)),
      engine.overdue_partitions('notification_history', max(r.history_days))
    into v_old_content, v_old_history
    from notify.notification_retention as r;
    perform engine.fold_measures();
    perform engine.find_uncounted();
    if engine.prune(5000, date_trunc('hour', v_pruned_at) <> date_trunc('hour', v_now)) then
      v_pruned_at := v_now; -- else the next tick goes on
    end if;
  end if;
  if v_counted_at not between v_now - interval '5 seconds' and v_now then
    begin
      if engine.keep_counts(v_now) then
        v_counted_at := v_now; -- else the next tick goes on
      end if;
    exception when others then -- the views are exact without; nothing that is to be sent waits for this
      v_count_failure := left(sqlerrm, 1000);
    end;
  end if;
  perform notify.refresh_statistics();
  v_discovering := engine.discover_changes();
  v_rescued := engine.rescue_claims();
  v_polls := engine.choose_polls(v_polled_enterprise_id);
  -- The critical lane's queue may never be empty under a storm of alarms: what waits there is admitted beside it.
  perform engine.lock_lane('critical');
  v_admitted := engine.admit('critical');
  if v_rescued + v_admitted + v_discovering > 0 then
    perform engine.wake_workers(array['critical', 'normal', 'bulk']);
  elsif v_polls.p_count > 0 then
    perform engine.wake_workers(array['normal', 'bulk']);
  end if;
  if v_partitioned_at not between v_now - interval '1 minute' and v_now then
    perform notify.make_partitions();
    perform engine.queue_probes();
    v_partitioned_at := v_now;
  end if;
  perform notify.drop_partition('notification_content', o.name) from unnest(v_old_content) as o (name);
  perform notify.drop_partition('notification_history', o.name) from unnest(v_old_history) as o (name);
  update notify.notification_tick as t
  set
    ticked_at = v_now, partitioned_at = v_partitioned_at, pruned_at = v_pruned_at, counted_at = v_counted_at,
    count_failure = v_count_failure, last_polled_enterprise_id = v_polls.p_last;
  return jsonb_build_object('ran', true, 'rescued', v_rescued, 'admitted', v_admitted);
end
$$;

alter function worker_v1.tick() owner to notify_engine;
grant execute on function worker_v1.tick() to notify_worker;
comment on function worker_v1.tick() is
'All that time makes happen: rescues run-out leases, has Novu discover what changed where it is in bridge mode and asked what became of deliveries, admits what waits on the critical lane, makes partitions, keeps the views'' roll-ups up, removes what is kept no longer. Cheap when nothing is due; returns what it did.';
