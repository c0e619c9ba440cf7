-- How far a receipt has come. What is further on takes the place of what is not, never the other way: a proof of delivery outweighs a
-- failure that was told before or is told later. Written to be inlined.
create or replace function engine.receipt_rank(p_status text) returns integer
language sql
immutable
parallel safe
return array_position(array['UNKNOWN', 'DISPATCHED', 'SKIPPED', 'FAILED', 'DELIVERED', 'SEEN', 'READ'], p_status);

alter function engine.receipt_rank(text) owner to notify_engine;
comment on function engine.receipt_rank(text) is 'How far a receipt of this status has come.';
