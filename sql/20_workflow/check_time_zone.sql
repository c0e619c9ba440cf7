-- Trigger function: a time zone in an enterprise's settings must be one by name. PostgreSQL would also take abbreviations and
-- offsets, which know nothing of summer time.
create or replace function notify.check_time_zone() returns trigger
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if new.time_zone not in (select z.name from pg_timezone_names as z) then
    raise exception using
      errcode = 'XN110',
      message = format('there is no time zone %L', new.time_zone),
      hint = 'Write it as area and city, such as Europe/Copenhagen: select name from pg_timezone_names shows all.';
  end if;
  return new;
end
$$;

alter function notify.check_time_zone() owner to notify_owner;
comment on function notify.check_time_zone() is 'Trigger function: refuses a time zone that PostgreSQL does not know by name.';
