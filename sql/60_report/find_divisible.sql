-- Novu refused an event whose recipients have attributes of their own: one of these may be the reason, and must not keep the others
-- from getting theirs. Such an event is DIVIDE: see engine.divide_deliveries.
create or replace function engine.find_divisible(p_answers engine.answer[]) returns engine.answer[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if not exists (select from unnest(p_answers) as a where a.verdict = 'REFUSED') then
    return p_answers;
  end if;
  for i in 1 .. cardinality(p_answers) loop
    if p_answers[i].verdict = 'REFUSED' and exists (
      select
      from notify.notification_delivery as d
      where
        d.enterprise_id = p_answers[i].enterprise_id
        and d.notification_id = p_answers[i].notification_id
        and d.number = p_answers[i].number
        and d.attributes is not null
        and (d.recipient_count > 1 or d.lane = 'critical')
    ) then
      p_answers[i].verdict := 'DIVIDE';
    end if;
  end loop;
  return p_answers;
end
$$;

alter function engine.find_divisible(engine.answer[]) owner to notify_engine;
comment on function engine.find_divisible(engine.answer[]) is
'Decides about refused events whose recipients have attributes of their own: DIVIDE.';
