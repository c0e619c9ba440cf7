-- What is wrong with a member of an event that is to be of a kind; null: nothing.
create or replace function http_v1.find_mistake(p_kind text, p_value jsonb) returns text
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_type text := jsonb_typeof(p_value);
  v_text text := p_value #>> '{}';
begin
  return case
    when p_kind in ('object', 'boolean') then
      case when v_type <> p_kind then format('it is not of type %s but of type %s', p_kind, v_type) end
    when p_kind in ('uuids', 'texts', 'tags') then
      case
        when v_type <> 'array' then 'it is not a list'
        when jsonb_path_exists(p_value, '$[*] ? (@.type() != "string")') then 'it holds what is no text'
        when p_kind = 'uuids' and exists (select from jsonb_array_elements_text(p_value) as v where not http_v1.is_uuid(v.value))
          then 'it holds what is no UUID'
        when p_kind = 'texts' and octet_length(p_value::text) > 10000 then 'it takes more than 10,000 bytes'
        -- a list of notifications shows 200 times these
        when p_kind = 'tags' and jsonb_array_length(p_value) > 50 then 'it holds more than 50 texts'
        when p_kind = 'tags' and exists (select from jsonb_array_elements_text(p_value) as v where length(v.value) > 100)
          then 'it holds a text of more than 100 characters'
      end
    when v_type <> 'string' then 'it is not a text but of type ' || v_type
    when p_kind = 'text' then case when octet_length(v_text) > 1000 then 'it takes more than 1,000 bytes' end
    -- not its form: what is no language is sent in the default one
    when p_kind = 'locale' then case when length(v_text) > 35 then 'it has more than 35 characters' end
    when p_kind = 'uuid' then case when not http_v1.is_uuid(v_text) then 'it is not a UUID' end
    when p_kind = 'time' then
      case when not http_v1.is_time(v_text) then 'it is not a time with its offset, such as 2026-10-01T08:00:00+02:00' end
    when p_kind = 'priority' then
      case when v_text not in ('CRITICAL', 'HIGH', 'NORMAL', 'LOW') then 'it is none of CRITICAL, HIGH, NORMAL and LOW' end
    when p_kind = 'key' then case when length(v_text) not between 1 and 255 then 'it does not have 1 to 255 characters' end
  end;
end
$$;

alter function http_v1.find_mistake(text, jsonb) owner to notify_owner;
comment on function http_v1.find_mistake(text, jsonb) is 'What is wrong with a member of an event; null: nothing.';
