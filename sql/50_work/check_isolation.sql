-- The engine's functions look again after a lock, which only READ COMMITTED lets them.
create or replace function engine.check_isolation() returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception using
      errcode = 'XN302',
      message = format('this transaction is %s; a worker''s must be read committed', current_setting('transaction_isolation')),
      hint = 'Leave default_transaction_isolation of the worker''s login at read committed.';
  end if;
end
$$;

alter function engine.check_isolation() owner to notify_engine;
comment on function engine.check_isolation() is 'Raises an error unless the transaction is READ COMMITTED.';
