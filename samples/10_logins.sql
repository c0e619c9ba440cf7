-- The sample logins, one of each kind of person, and the enterprises to which they are bound.
-- Applied by `xnovu sample load` as a superuser, before the shared workflows in workflows/ and templates/. The logins have no passwords: who reaches a demo cluster's socket may use them.
--
--   aaaaaaaa-0000-4000-8000-000000000001  Harbour Tower, Hong Kong      (has a fire alarm of its own)
--   bbbbbbbb-0000-4000-8000-000000000002  Nordhavn Campus, Copenhagen
--   cccccccc-0000-4000-8000-000000000003  Meridian Exchange, London

do $$
declare
  v_kind text;
begin
  foreach v_kind in array array['platform', 'manager', 'admin', 'analyst', 'worker', 'http'] loop
    if not exists (select from pg_roles where rolname = 'sample_' || v_kind) then
      execute format('create role %I login', 'sample_' || v_kind);
    end if;
    if not pg_has_role('sample_' || v_kind, 'notify_' || v_kind, 'member') then
      execute format('grant %I to %I', 'notify_' || v_kind, 'sample_' || v_kind);
    end if;
  end loop;
end
$$;

-- The platform chooses its enterprise freely; the manager and the analyst are bound; the admin reads all.
grant notify_trusted to sample_platform;

insert into notify.login_enterprise (enterprise_id, login)
values
('aaaaaaaa-0000-4000-8000-000000000001', 'sample_manager'),
('aaaaaaaa-0000-4000-8000-000000000001', 'sample_analyst'),
('bbbbbbbb-0000-4000-8000-000000000002', 'sample_analyst')
on conflict do nothing;
