-- The buckets of a stage's latency on a lane, added up over backends. The table has a few rows only.
create or replace function engine.sum_buckets(p_lane text, p_stage text) returns bigint[]
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select array(
    select sum(b.count)::bigint
    from notify.notification_measure as m
    cross join lateral unnest(
      case p_stage
        when 'render' then m.render_buckets
        when 'wait' then m.wait_buckets
        when 'post' then m.post_buckets
        else m.total_buckets
      end
    ) with ordinality as b (count, place)
    where m.lane = p_lane
    group by b.place
    order by b.place
  )
$$;

alter function engine.sum_buckets(text, text) owner to notify_engine;
comment on function engine.sum_buckets(text, text) is 'The buckets of a stage (render, wait, post or total) on a lane, added up over backends.';
