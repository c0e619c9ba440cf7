-- The enterprise that the session has chosen, or null: never set, empty (what a SET LOCAL leaves behind), malformed, and the
-- reserved enterprise all read as null, and null means no rows. Written as a parsed body, so that no search_path of the caller
-- changes what it means, and short, so that the planner inlines it. What the cast would refuse is kept from it by two tests that
-- cost little: where the hyphens stand, and that there is no other character (nor nothing but noughts). One expression for
-- all of it would cost 2 µs in each policy.
create or replace function notify.current_enterprise_id() returns uuid
language sql
stable
parallel safe
return case
  when
    pg_catalog.current_setting('app.current_enterprise_id', true) like '________-____-____-____-____________'
    and pg_catalog.current_setting('app.current_enterprise_id', true) !~ '[^-0-9a-fA-F]|^[-0]*$'
    then pg_catalog.current_setting('app.current_enterprise_id', true)::uuid
end;

alter function notify.current_enterprise_id() owner to notify_owner;
grant execute on function notify.current_enterprise_id() to
notify_owner, notify_engine, notify_platform, notify_manager, notify_admin, notify_analyst,
notify_analyst_all;
comment on function notify.current_enterprise_id() is
'The enterprise in the context (app.current_enterprise_id), or null when there is none or it is not the id of an enterprise.';
