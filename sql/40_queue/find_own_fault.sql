-- What is wrong with recipients' own values or attributes, as error details; null: nothing. A message says neither whose they are nor
-- what stands there: analysts read it.
create or replace function engine.find_own_fault(p_recipients uuid[], p_payload jsonb, p_attributes jsonb) returns jsonb
language plpgsql
stable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
  v_fault jsonb := coalesce(
    engine.find_keyed_fault('recipient_payload', p_recipients, p_payload, 4096),
    engine.find_keyed_fault('recipient_attributes', p_recipients, p_attributes, 2048)
  );
begin
  if v_fault is not null or p_attributes is null then
    return v_fault;
  end if;
  return (
    select jsonb_build_object(
      'code', 'recipient_attributes_invalid', 'field', 'recipient_attributes',
      'message', format(
        'recipient_attributes: %s (%s)', w.problem, case when w.people = 1 then 'one recipient' else w.people || ' recipients' end
      )
    )
    from (
      select engine.attribute_problem(a.key, a.value) as problem, count(*) as people
      from jsonb_each(p_attributes) as r
      cross join lateral jsonb_each(r.value) as a
      group by problem
    ) as w
    where w.problem is not null
    order by w.people desc, w.problem
    limit 1
  );
end
$$;

alter function engine.find_own_fault(uuid[], jsonb, jsonb) owner to notify_engine;
grant execute on function engine.find_own_fault(uuid[], jsonb, jsonb) to notify_owner;
comment on function engine.find_own_fault(uuid[], jsonb, jsonb) is
'What is wrong with recipients'' own values or attributes, as error details; null: nothing.';
