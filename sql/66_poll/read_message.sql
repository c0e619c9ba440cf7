-- What a message of Novu's says became of it, as the status of a receipt: the furthest that it tells.
create or replace function engine.read_message(p_message jsonb) returns text
language sql
immutable
parallel safe
return case
  when p_message -> 'read' = 'true' then 'READ'
  when p_message -> 'seen' = 'true' then 'SEEN'
  when coalesce(p_message -> 'deliveredAt', 'null') not in ('null', '[]', 'false', '""') then 'DELIVERED'
  when p_message ->> 'status' = 'error' then 'FAILED'
  when p_message ->> 'status' in ('sent', 'warning') then 'DISPATCHED'
  else 'UNKNOWN'
end;

alter function engine.read_message(jsonb) owner to notify_engine;
comment on function engine.read_message(jsonb) is 'What a message of Novu''s says became of it.';
