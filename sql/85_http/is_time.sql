-- Whether a text is a time with its offset (RFC 3339), and there is such a day.
create or replace function http_v1.is_time(p_text text) returns boolean
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if (p_text ~* '^\d{4}-\d\d-\d\d[t ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(z|[+-]\d\d:\d\d)$') is not true then
    return false;
  end if;
  perform p_text::timestamptz;
  return true;
exception
  when data_exception then
    return false;
end
$$;

alter function http_v1.is_time(text) owner to notify_owner;
comment on function http_v1.is_time(text) is 'Whether a text is a time with its offset, such as 2026-10-01T08:00:00+02:00.';
