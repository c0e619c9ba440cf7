-- Raises an error of XNovu: SQLSTATE of class XN, a message, and a hint that says what to do. For SQL functions and short checks.
create or replace function notify.raise_error(p_code text, p_message text, p_hint text) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception using errcode = p_code, message = p_message, hint = p_hint;
end
$$;

alter function notify.raise_error(text, text, text) owner to notify_owner;
grant execute on function notify.raise_error(text, text, text) to
notify_owner, notify_engine, notify_platform, notify_manager, notify_admin, notify_analyst, notify_analyst_all;
comment on function notify.raise_error(text, text, text) is
'Raises an error with an SQLSTATE of class XN, a message and a hint: select notify.raise_error(''XN001'', ''what is wrong'', ''what to do'').';
