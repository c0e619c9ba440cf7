-- Chooses the enterprise for the rest of the transaction. The end of the transaction forgets it, so that a pooled connection
-- never carries one caller's enterprise into the next caller's work.
create or replace function notify.set_enterprise(p_enterprise_id uuid) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if p_enterprise_id is null or p_enterprise_id = '00000000-0000-0000-0000-000000000000' then
    perform notify.raise_error(
      'XN002',
      'an enterprise is needed, and neither null nor the reserved one is an enterprise',
      'Pass the id of the enterprise whose rows you want to work with.'
    );
  end if;
  perform set_config('app.current_enterprise_id', p_enterprise_id::text, true);
  if notify.reached_enterprise_id() is null then
    perform notify.raise_not_bound(); -- and what was set is undone with the statement
  end if;
end
$$;

alter function notify.set_enterprise(uuid) owner to notify_owner;
grant execute on function notify.set_enterprise(uuid) to
notify_owner, notify_platform, notify_manager, notify_admin, notify_analyst, notify_analyst_all;
comment on function notify.set_enterprise(uuid) is
'Chooses the enterprise for this transaction: select notify.set_enterprise(''…''). Fails when the login may not reach it.';
