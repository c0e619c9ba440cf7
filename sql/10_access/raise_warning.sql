-- Raises a warning with a hint, where there is one: what is remarkable, and refuses nothing.
create or replace function notify.raise_warning(p_message text, p_hint text) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if p_hint is null then
    raise warning using message = p_message;
  else
    raise warning using message = p_message, hint = p_hint;
  end if;
end
$$;

alter function notify.raise_warning(text, text) owner to notify_owner;
comment on function notify.raise_warning(text, text) is 'Raises a warning with a hint: for the functions that check.';
