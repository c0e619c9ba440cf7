-- Wraps the Python function of the same purpose, which only its owner may call: for the engine's measures.
create or replace function template.cache_use() returns bigint[]
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  select template.py_cache_use()
$$;

alter function template.cache_use() owner to notify_owner;
grant execute on function template.cache_use() to notify_engine;
comment on function template.cache_use() is
'How often this backend had a bundle compiled, and how often not, since this was asked last: two numbers.';
