-- The operators by which a policy asks first: equality, at no price, so that the planner evaluates it before any condition of the
-- caller's. PostgreSQL runs leakproof conditions (= and < on most types, IS NULL, a subscript) ahead of a policy when they are
-- cheaper, and a sub-select of the caller's behind such a condition would run, or not, by what stands in another's rows. At the
-- same price a policy comes first. Not leakproof itself, so that nobody can put it to that use. A superuser's, because it wraps
-- internal functions, and because CREATE FUNCTION takes no price of 0. The built-in equality of uuids gets that price too, for
-- = any (…), which an index serves and which the planner leaves in its place; a plain = it moves behind other conditions of the
-- same price. A dump carries neither price: xnovu doctor looks for them.
create or replace function notify.same_enterprise(uuid, uuid) returns boolean
language internal
immutable
strict
parallel safe
as 'uuid_eq';

create or replace function notify.same_login(name, name) returns boolean
language internal
immutable
strict
parallel safe
as 'nameeq';

update pg_catalog.pg_proc set procost = 0
where oid in (
  'notify.same_enterprise(uuid, uuid)'::regprocedure,
  'notify.same_login(name, name)'::regprocedure,
  'pg_catalog.uuid_eq(uuid, uuid)'::regprocedure
);

alter function notify.same_enterprise(uuid, uuid) owner to notify_owner;
alter function notify.same_login(name, name) owner to notify_owner;
revoke all on function notify.same_enterprise(uuid, uuid), notify.same_login(name, name) from public;
grant execute on function notify.same_enterprise(uuid, uuid), notify.same_login(name, name) to
notify_owner, notify_platform, notify_manager, notify_admin, notify_analyst, notify_analyst_all;
comment on function notify.same_enterprise(uuid, uuid) is
'Whether two ids are the same, as policies ask it, before any other condition: notify.same_enterprise(a, b), or a operator(notify.~=) b.';
comment on function notify.same_login(name, name) is
'Whether two logins are the same, as policies ask it, before any other condition: notify.same_login(a, b), or a operator(notify.~=) b.';

do $$
begin
  if to_regoperator('notify.~=(uuid, uuid)') is null then
    create operator notify.~= (leftarg = uuid, rightarg = uuid, function = notify.same_enterprise);
    alter operator notify.~= (uuid, uuid) owner to notify_owner;
    create operator notify.~= (leftarg = name, rightarg = name, function = notify.same_login);
    alter operator notify.~= (name, name) owner to notify_owner;
  end if;
end
$$;
comment on operator notify.~= (uuid, uuid) is 'The same enterprise, evaluated before any condition of the caller''s.'; -- noqa: PRS
comment on operator notify.~= (name, name) is 'The same login, evaluated before any condition of the caller''s.';
