-- How many polls a second a target gets: its own limit's, or 10.
create or replace function engine.polls_per_second(p_target text) returns integer
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(
    (select l.polls_per_second from notify.notification_target_limit as l where l.target = p_target), 10
  )
$$;

alter function engine.polls_per_second(text) owner to notify_engine;
comment on function engine.polls_per_second(text) is 'How many polls a second a target gets.';
