-- Which logins are bound to which enterprises. The access functions read a login's own rows; the admin manages all.
alter table notify.login_enterprise enable row level security;
alter table notify.login_enterprise force row level security;

drop policy if exists "access functions read the bindings of the login" on notify.login_enterprise;
create policy "access functions read the bindings of the login" on notify.login_enterprise
for select to notify_owner using (login = session_user);

-- An analyst's policies on other tables read these rows as the analyst: all of them, or in a context the one. What is asked of a row
-- is asked of the login's own few only, after the restrictive policy; a sub-select for it would cost every query more.
drop policy if exists "an analyst stays with its own bindings" on notify.login_enterprise;
create policy "an analyst stays with its own bindings" on notify.login_enterprise
as restrictive for all to notify_analyst
using (login operator (notify.~=) (select session_user));

drop policy if exists "an analyst reads its own bindings" on notify.login_enterprise;
create policy "an analyst reads its own bindings" on notify.login_enterprise
for select to notify_analyst
using (
  login = session_user
  and coalesce(lower(current_setting('app.current_enterprise_id', true)), '') in ('', enterprise_id::text)
);

drop policy if exists "an admin manages the bindings that it reaches" on notify.login_enterprise;
create policy "an admin manages the bindings that it reaches" on notify.login_enterprise
for all to notify_admin
using (enterprise_id = (select notify.reached_enterprise_id()) or (select notify.reaches_all()));

-- No UPDATE: to move a binding would tell one enterprise's trail of the other.
grant select, insert, delete on notify.login_enterprise to notify_admin;
grant select (enterprise_id, login) on notify.login_enterprise to notify_analyst;

create or replace trigger check_context before insert or update or delete on notify.login_enterprise
for each statement execute function notify.check_context();

create or replace trigger audit after insert or update or delete on notify.login_enterprise
for each row execute function notify.record_change('login');

comment on table notify.login_enterprise is 'The enterprises that a login is bound to: it reaches these and no others, whatever context it sets. For logins that are neither trusted (notify_trusted) nor read all.';
comment on column notify.login_enterprise.enterprise_id is 'The enterprise.';
comment on column notify.login_enterprise.login is 'Name of the login (session_user).';
