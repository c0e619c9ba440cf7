-- Where a page ended, from the text that the client sends back; null for what is no cursor.
create or replace function http_v1.read_cursor(p_cursor text) returns text[]
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_parts text[];
begin
  v_parts := string_to_array(
    convert_from(
      decode(translate(p_cursor, '-_', '+/') || repeat('=', (4 - length(p_cursor) % 4) % 4), 'base64'), 'UTF8'
    ), '/'
  );
  return case when cardinality(v_parts) = 2 then array[to_timestamp(v_parts[1]::double precision)::text, (v_parts[2]::uuid)::text] end;
exception
  when data_exception then
    return null;
end
$$;

alter function http_v1.read_cursor(text) owner to notify_owner;
comment on function http_v1.read_cursor(text) is 'Where a page ended: time and id; null for what is no cursor.';
