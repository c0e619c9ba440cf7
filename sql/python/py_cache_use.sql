-- How the cache of compiled bundles of this backend was used since it was asked last. Only its owner may call it.
create or replace function template.py_cache_use() returns bigint[]
language plpython3u
volatile
as $python$
# @template_engine
return engine.cache_use()
$python$;

alter function template.py_cache_use() owner to notify_owner;
revoke all on function template.py_cache_use() from public;
comment on function template.py_cache_use() is 'The template engine in Python: call template.cache_use.';
