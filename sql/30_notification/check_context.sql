-- Before an INSERT of notifications: somebody to whom row-level security applies must have chosen an enterprise. Without this
-- the error would be PostgreSQL's about a policy, which does not say what to do.
create or replace function notify.check_context() returns trigger
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if row_security_active(tg_relid) and notify.current_enterprise_id() is null then
    raise exception using
      errcode = 'XN001',
      message = case
        when coalesce(current_setting('app.current_enterprise_id', true), '') = ''
          then 'no enterprise is chosen: a notification needs one'
        else 'app.current_enterprise_id is not the id of an enterprise: a notification needs one'
      end,
      hint = 'select notify.set_enterprise(''<id of the enterprise>'') in the same transaction, before the INSERT.';
  end if;
  return null;
end
$$;

alter function notify.check_context() owner to notify_owner;
grant execute on function notify.check_context() to notify_owner, notify_platform;
comment on function notify.check_context() is 'Trigger function: refuses an INSERT of notifications without an enterprise in the context.';
