-- Before a statement writes what belongs to enterprises: somebody to whom row-level security applies must have chosen one that
-- the login reaches. Without this the error would be PostgreSQL's about a policy, or an UPDATE of no rows, neither of which says
-- what to do. An admin needs none: without a context it writes what is shared. Nor does the engine: it writes what an enterprise asked it to.
create or replace function notify.check_context() returns trigger
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_context uuid := notify.current_enterprise_id();
  v_is_unset boolean := coalesce(current_setting('app.current_enterprise_id', true), '') = '';
begin
  if
    not row_security_active(tg_relid)
    or v_context = notify.reached_enterprise_id()
    or current_user = 'notify_engine'
  then
    return null;
  elsif v_context is not null then
    perform notify.raise_not_bound();
  elsif not v_is_unset or not notify.is_admin() then
    raise exception using
      errcode = 'XN001',
      message = case
        when v_is_unset then 'no enterprise is chosen'
        else 'app.current_enterprise_id is not the id of an enterprise'
      end || format(': an %s of %s needs one', tg_op, tg_table_name),
      hint = 'select notify.set_enterprise(''<id of the enterprise>'') in the same transaction, before this statement.';
  end if;
  return null;
end
$$;

alter function notify.check_context() owner to notify_owner;
comment on function notify.check_context() is 'Trigger function: refuses to write without an enterprise in the context that the login reaches.';
