-- What is wrong with the query of a list, as a list of {"path", "message"}; null: nothing.
create or replace function http_v1.find_query_faults(p_query jsonb) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select jsonb_agg(jsonb_build_object('path', f.path, 'message', f.message) order by f.path)
    from (
      select
        q.key as path,
        case q.key
          when 'enterpriseId' then null -- read already
          when 'workflow' then null
          when 'status' then
            case
              when q.value not in ('PENDING', 'PROCESSING', 'SENT', 'FAILED', 'RETRACTED')
                then 'it is none of PENDING, PROCESSING, SENT, FAILED and RETRACTED'
            end
          when 'since' then
            case when not http_v1.is_time(q.value) then 'it is not a time with its offset, such as 2026-10-01T08:00:00Z' end
          when 'limit' then case when q.value !~ '^([1-9]|[1-9][0-9]|1[0-9][0-9]|200)$' then 'it is not a number from 1 to 200' end
          when 'cursor' then case when http_v1.read_cursor(q.value) is null then 'it is none that a page gave' end
          else 'there is no such parameter'
        end as message
      from jsonb_each_text(p_query) as q
    ) as f
    where f.message is not null
  );
end
$$;

alter function http_v1.find_query_faults(jsonb) owner to notify_owner;
comment on function http_v1.find_query_faults(jsonb) is 'What is wrong with the query of a list; null: nothing.';
