-- Refuses a claim that makes no sense, and says which argument is wrong.
create or replace function engine.check_claim(p_worker text, p_lane text, p_max integer, p_lease interval) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_problem text := case
    when coalesce(p_worker, '') = '' then 'p_worker is empty: give the worker''s name'
    when p_lane is null or p_lane not in ('critical', 'normal', 'bulk') then 'p_lane is not critical, normal or bulk'
    when p_max is null or p_max not between 1 and 1000 then 'p_max is not between 1 and 1000'
    when p_lease is null or p_lease not between interval '1 second' and interval '1 hour'
      then 'p_lease is not between 1 second and 1 hour'
  end;
begin
  if v_problem is not null then
    raise exception using errcode = 'XN301', message = v_problem, hint = '\df+ worker_v1.claim shows the arguments.';
  end if;
end
$$;

alter function engine.check_claim(text, text, integer, interval) owner to notify_engine;
comment on function engine.check_claim(text, text, integer, interval) is 'Raises an error that names the argument of a claim that is wrong.';
