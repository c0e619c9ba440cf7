-- In what Novu's workflow is not as wanted, in words. Novu adds values of its own to a step: only those that we set count.
create or replace function engine.sync_differences(p_wanted jsonb, p_found jsonb) returns text[]
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(array_agg(d.difference order by d.place, d.difference), '{}')
  from (
    select 1 as place, format('its name is %s', coalesce(p_found -> 'name', '""')) as difference
    where p_found ->> 'name' is distinct from p_wanted ->> 'name'
    union all
    select 2, 'it is not active'
    where p_found -> 'active' is distinct from 'true'
    union all
    select
      3,
      case
        when h.type is null then format('the step %s (%s) is missing', w.step ->> 'name', w.type)
        when w.type is null or h.turn > 1 then format('there is a step %s (%s) that is not ours', h.step ->> 'name', h.type)
        else format('the step %s (%s) was changed: %s', w.step ->> 'name', w.type, c.changed)
      end
    from (select s as step, s ->> 'type' as type from jsonb_array_elements(p_wanted -> 'steps') as s) as w
    full join (
      select s as step, s ->> 'type' as type, row_number() over (partition by s ->> 'type' order by n) as turn
      from jsonb_array_elements(case jsonb_typeof(p_found -> 'steps') when 'array' then p_found -> 'steps' else '[]' end)
        with ordinality as e (s, n)
    ) as h
      on w.type = h.type
    cross join lateral (
      select string_agg(v.key, ', ' order by v.key) as changed
      from jsonb_each(w.step -> 'controlValues') as v
      where coalesce(h.step #> '{controls,values}', h.step -> 'controlValues') -> v.key is distinct from v.value
    ) as c
    where h.type is null or w.type is null or h.turn > 1 or c.changed is not null
  ) as d
$$;

alter function engine.sync_differences(jsonb, jsonb) owner to notify_engine;
comment on function engine.sync_differences(jsonb, jsonb) is 'In what Novu''s workflow is not as wanted, in words; none: as wanted.';
