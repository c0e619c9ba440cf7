-- The roles of XNovu. None can log in: a login is made a member of what it is for.
-- Run by a superuser, the only one who can create a role with BYPASSRLS. docs/security.md says what each may do.
do $roles$
declare
  v_role text;
begin
  foreach v_role in array array[
    'notify_owner', 'notify_engine', 'notify_migrator', 'notify_platform', 'notify_manager', 'notify_admin',
    'notify_worker', 'notify_http', 'notify_analyst', 'notify_analyst_all', 'notify_trusted'
  ]
  loop
    begin
      execute format('create role %I nologin', v_role);
    exception
      when duplicate_object or unique_violation then
        null; -- roles belong to the whole cluster: another database, or a migration beside this one, made it
    end;
  end loop;
end
$roles$;

alter role notify_owner nologin nobypassrls;
alter role notify_engine nologin nobypassrls;
alter role notify_migrator nologin inherit bypassrls;

grant notify_owner to notify_migrator;
grant notify_engine to notify_migrator;
grant notify_trusted to notify_admin, notify_analyst_all; -- who reads all may choose any

comment on role notify_owner is 'Owns tables, views and plain functions of XNovu; under forced row-level security itself.';
comment on role notify_engine is 'Owns the functions of the insert trigger and of the worker; the only role that sees every enterprise.';
comment on role notify_migrator is 'Runs xnovu migrate: bypasses row-level security, so that a migration sees every row.';
comment on role notify_platform is 'Inserts, reads and retracts the notifications of the enterprise in its context.';
comment on role notify_manager is 'Manages the workflows and templates of the enterprise in its context.';
comment on role notify_admin is 'Manages what is shared and what belongs to any enterprise.';
comment on role notify_worker is 'Executes the functions of worker_v1; reads no table.';
comment on role notify_http is 'Executes the functions of http_v1, which do what an API key allows; reads no table, and reaches no enterprise without a key.';
comment on role notify_analyst is 'Reads the status views of the enterprises that its login is bound to.';
comment on role notify_analyst_all is 'Reads the status views of every enterprise, or of the one in its context.';
comment on role notify_trusted is 'Has no right itself: its members choose their enterprise freely, as the platform does.';
