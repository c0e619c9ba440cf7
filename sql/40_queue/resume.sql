-- The end of a pause; what was held back is due at once.
create or replace function notify.resume(p_kind text, p_name text) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  delete from notify.notification_pause as p
  using notify.read_pause(p_kind, p_name) as r
  where p.enterprise_id = r.enterprise_id and p.kind = r.kind and p.name = r.name;
  if not found then
    raise exception using
      errcode = 'XN212',
      message = format('%s %L is not paused', p_kind, p_name),
      hint = 'select * from notify.notification_pause shows what is.';
  end if;
end
$$;

alter function notify.resume(text, text) owner to notify_owner;
grant execute on function notify.resume(text, text) to notify_admin;
comment on function notify.resume(text, text) is
'Ends a pause: select notify.resume(''LANE'', ''bulk''). What was held back goes out at once.';
