-- How many of a target's tokens a lane leaves to the critical one, and a poll to all sends: half of the burst, and what is the critical lane's. Never all
-- of them, however small the burst is.
create or replace function engine.reserved_tokens(p_burst integer, p_critical_share real, p_lane text)
returns double precision
language sql
immutable
parallel safe
return case p_lane
  when 'critical' then 0
  when 'poll' then least(p_burst * greatest(p_critical_share, 0.5), p_burst - 1)
  else least(p_burst * p_critical_share, p_burst - 1)
end;

alter function engine.reserved_tokens(integer, real, text) owner to notify_engine;
comment on function engine.reserved_tokens(integer, real, text) is 'How many tokens a lane leaves to the critical one.';
