-- Whose workflows and templates the caller manages now: the enterprise in the context, and for an admin without one what is
-- shared. Anybody else is told what is missing. For the functions of managers and admins that write nothing by themselves, so that no
-- table's trigger asks.
create or replace function notify.managed_enterprise_id() returns uuid
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_context uuid := notify.current_enterprise_id();
  v_is_unset boolean := coalesce(current_setting('app.current_enterprise_id', true), '') = '';
begin
  if v_context is null and (not v_is_unset or not notify.is_admin()) then
    raise exception using
      errcode = 'XN001',
      message = case
        when v_is_unset then 'no enterprise is chosen'
        else 'app.current_enterprise_id is not the id of an enterprise'
      end,
      hint = 'select notify.set_enterprise(''<id of the enterprise>'') in the same transaction, before this statement.';
  elsif v_context is distinct from notify.reached_enterprise_id() then
    perform notify.raise_not_bound();
  end if;
  return coalesce(v_context, '00000000-0000-0000-0000-000000000000');
end
$$;

alter function notify.managed_enterprise_id() owner to notify_owner;
comment on function notify.managed_enterprise_id() is
'The enterprise whose workflows the caller manages: that in the context; for an admin without one the nil UUID, what is shared. Raises XN001 or XN003 for anybody else.';
