-- The enterprise in the context, when the login may choose it: any, for a member of notify_trusted; for every other login, one that it is
-- bound to. What the policies of platforms and managers compare with, twice a table, hence written to be inlined: a member of
-- notify_trusted pays for no function call. Membership is asked of session_user, which no SET ROLE changes.
create or replace function notify.reached_enterprise_id() returns uuid
language sql
stable
parallel safe
return case
  when pg_catalog.pg_has_role(session_user, 'notify_trusted', 'member') then notify.current_enterprise_id()
  else notify.bound_enterprise_id()
end;

alter function notify.reached_enterprise_id() owner to notify_owner;
grant execute on function notify.reached_enterprise_id() to
notify_owner, notify_engine, notify_platform, notify_manager, notify_admin, notify_analyst, notify_analyst_all;
comment on function notify.reached_enterprise_id() is
'The enterprise in the context, or null when this login may not choose it.';
