-- A time that Novu tells, in ISO 8601; where it tells none, or one to come, it is now.
create or replace function engine.read_time(p_text text) returns timestamptz
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if p_text ~ '^\d{4}-\d\d-\d\d[T ]\d\d:\d\d' then
    return least(p_text::timestamptz, notify.now());
  end if;
  return notify.now();
exception
  when data_exception then
    return notify.now();
end
$$;

alter function engine.read_time(text) owner to notify_engine;
comment on function engine.read_time(text) is 'A time in ISO 8601, at most now; now, where it is none.';
