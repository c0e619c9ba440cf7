-- Who may see the table of trusted logins: the admin manages it; the access functions (owned by notify_owner) read it.
alter table notify.login_scope enable row level security;
alter table notify.login_scope force row level security;

drop policy if exists "access functions read the scope of the login" on notify.login_scope;
create policy "access functions read the scope of the login" on notify.login_scope
for select to notify_owner using (login = session_user);
drop policy if exists "an admin manages scopes" on notify.login_scope;
create policy "an admin manages scopes" on notify.login_scope
for all to notify_admin using ((select notify.is_admin())) with check ((select notify.is_admin()));

grant select, insert, update, delete on notify.login_scope to notify_admin;

create or replace trigger audit after insert or update or delete on notify.login_scope
for each row execute function notify.record_change('login');

comment on table notify.login_scope is 'Logins that are not bound to enterprises one by one. A login that stands neither here nor in login_enterprise sees nothing.';
comment on column notify.login_scope.login is 'Name of the login (session_user).';
comment on column notify.login_scope.scope is 'TRUSTED: chooses its context freely, and sees nothing without one (the platform). ALL: sees every enterprise, or the one in its context (the company''s DBA or analyst).';
comment on column notify.login_scope.note is 'Why it was given.';
