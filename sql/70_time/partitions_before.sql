-- The daily partitions of a table for the days before p_day, the oldest first.
create or replace function notify.partitions_before(p_table text, p_day date) returns text[]
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(array_agg(c.relname::text order by c.relname), '{}')
  from pg_inherits as i
  inner join pg_class as c on i.inhrelid = c.oid
  where
    i.inhparent = ('notify.' || p_table)::regclass
    and c.relname ~ '_\d{8}$'
    and to_date(right(c.relname, 8), 'YYYYMMDD') < p_day
$$;

alter function notify.partitions_before(text, date) owner to notify_owner;
grant execute on function notify.partitions_before(text, date) to notify_engine;
comment on function notify.partitions_before(text, date) is 'Names of a table''s daily partitions for the days before that one.';
