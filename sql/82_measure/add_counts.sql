-- Two arrays of the same length, added element by element.
create or replace function engine.add_counts(p_one bigint[], p_other bigint[]) returns bigint[]
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select array_agg(u.one + u.other order by u.place)
  from rows from (unnest(p_one), unnest(p_other)) with ordinality as u (one, other, place)
$$;

alter function engine.add_counts(bigint[], bigint[]) owner to notify_engine;
comment on function engine.add_counts(bigint[], bigint[]) is 'Two arrays added element by element.';
