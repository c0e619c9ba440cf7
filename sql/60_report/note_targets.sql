-- The breaker: keeps in mind how a target answered, for all workers together. A key, plan or URL that is refused, and a Novu that
-- can't be reached, open it at once; a rate limit for as long as Novu says; other failures when five reports in a row had nothing
-- but failures. While it is open, only the critical lane goes on, by its own retries. Any call that Novu took closes it.
create or replace function engine.note_targets(p_answers engine.answer[]) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_target record;
begin
  if
    not exists (select from unnest(p_answers) as a where a.verdict not in ('SENT', 'REFUSED', 'SPLIT', 'DIVIDE'))
    and not exists (select from notify.notification_target_state as s where s.failure_count > 0)
  then
    return; -- as nearly always
  end if;
  for v_target in
    select
      a.target,
      bool_or(a.rank is null) as is_well, -- SENT, REFUSED, SPLIT, DIVIDE: it works
      (array_agg(a.verdict order by a.rank))[1] as verdict,
      (array_agg(a.error_details ->> 'message' order by a.rank))[1] as error,
      max(coalesce(a.retry_after, interval '1 second')) filter (where a.http_status = 429) as retry_after
    from (
      select
        coalesce(d.target, 'default') as target, u.verdict, u.http_status, u.retry_after, u.error_details,
        array_position(array['STOP', 'AWAY', 'RETRY', 'AMBIGUOUS'], u.verdict) as rank
      from unnest(p_answers) as u
      -- the one that was called, whatever the enterprise's is by now
      left join notify.notification_delivery as d
        on u.enterprise_id = d.enterprise_id and u.notification_id = d.notification_id and u.number = d.number
      where u.verdict <> 'RELEASE'
    ) as a
    group by a.target
    order by a.target
  loop
    if v_target.is_well then
      update notify.notification_target_state as s
      set failure_count = 0, open_until = null
      where s.target = v_target.target and s.failure_count > 0;
    else
      insert into notify.notification_target_state (target) values (v_target.target)
      on conflict (target) do nothing;
      update notify.notification_target_state as s
      set
        failure_count = s.failure_count + 1,
        open_until = greatest(
          s.open_until, engine.open_until(v_target.verdict, s.failure_count + 1, v_target.retry_after)
        ),
        last_verdict = v_target.verdict,
        last_error = v_target.error,
        failed_at = notify.now()
      where s.target = v_target.target;
    end if;
  end loop;
end
$$;

alter function engine.note_targets(engine.answer[]) owner to notify_engine;
comment on function engine.note_targets(engine.answer[]) is 'Keeps in mind how the targets of these answers are, and opens or closes their breakers.';
