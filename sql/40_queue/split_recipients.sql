-- Recipients in the order given, everyone once, in parts of at most 100: what one Novu event takes.
create or replace function engine.split_recipients(p_recipients uuid[])
returns table (number integer, recipients uuid[])
language sql
immutable
parallel safe
begin atomic
  select
    ((s.place - 1) / 100 + 1)::integer,
    array_agg(s.recipient order by s.place)
  from (
    select
      u.recipient,
      row_number() over (order by min(u.place)) as place
    from unnest(p_recipients) with ordinality as u (recipient, place)
    group by u.recipient
  ) as s
  group by 1;
end;

alter function engine.split_recipients(uuid[]) owner to notify_engine;
comment on function engine.split_recipients(uuid[]) is
'Splits recipients into numbered parts of at most 100, dropping repetitions.';
