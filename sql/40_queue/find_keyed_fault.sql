-- What is wrong with the form of an object whose keys are recipients and whose values are objects of at most p_most bytes, 8 MB
-- together; null: nothing.
create or replace function engine.find_keyed_fault(
  p_field text,
  p_recipients uuid[],
  p_values jsonb,
  p_most integer
) returns jsonb
language plpgsql
stable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
  v_values jsonb := p_values || '{}'; -- detoasted once
  v_seen record;
  v_known bigint;
  v_code text := p_field || '_invalid';
  v_message text;
begin
  if p_values is null then
    return null;
  elsif jsonb_typeof(p_values) <> 'object' then
    v_message := 'is not an object but of type ' || jsonb_typeof(p_values) || ': give {"<id of a recipient>": {"name": value, …}, …}';
  else
    select
      count(*) as total,
      count(*) filter (where jsonb_typeof(v.value) <> 'object') as stray,
      max(octet_length(v.value::text)) as longest,
      sum(octet_length(v.value::text)) as bytes
    into v_seen
    from jsonb_each(v_values) as v;
    select count(distinct r.recipient) into v_known
    from unnest(p_recipients) as r (recipient)
    where v_values ? r.recipient::text;
    if v_seen.longest > p_most then
      v_code := p_field || '_too_large';
      v_message := format('takes more than %s bytes for a recipient: pass what the templates need', p_most);
    elsif v_seen.bytes > 8388608 then
      v_code := p_field || '_too_large';
      v_message := 'takes more than 8 MB: put what is everybody''s into the payload, or insert several notifications';
    elsif v_seen.stray > 0 then
      v_message := format('holds what is not an object (%s of %s): give {"<id of a recipient>": {"name": value, …}, …}', v_seen.stray, v_seen.total);
    elsif v_known < v_seen.total then
      v_message := format(
        'has keys that are not among the recipients (%s of %s): give their ids in lower case', v_seen.total - v_known, v_seen.total
      );
    end if;
  end if;
  return case
    when v_message is not null
      then jsonb_build_object('code', v_code, 'field', p_field, 'message', p_field || ' ' || v_message)
  end;
end
$$;

alter function engine.find_keyed_fault(text, uuid[], jsonb, integer) owner to notify_engine;
grant execute on function engine.find_keyed_fault(text, uuid[], jsonb, integer) to notify_owner;
comment on function engine.find_keyed_fault(text, uuid[], jsonb, integer) is
'What is wrong with the form of an object whose keys are recipients; null: nothing.';
