-- Where a page ended, as a text that a client hands back without looking into it.
create or replace function http_v1.write_cursor(p_created_at timestamptz, p_id uuid) returns text
language sql
stable
set search_path = pg_catalog, pg_temp
return translate(
  encode(convert_to(extract(epoch from p_created_at)::text || '/' || p_id, 'UTF8'), 'base64'), e'+/=\n', '-_'
);

alter function http_v1.write_cursor(timestamptz, uuid) owner to notify_owner;
comment on function http_v1.write_cursor(timestamptz, uuid) is 'Where a page ended, as text.';
