-- Whether Novu can say no more of a channel than this: only a message in the app is followed until it is read. Written to be inlined.
create or replace function engine.is_final_receipt(p_channel text, p_status text) returns boolean
language sql
immutable
parallel safe
return p_status in ('SKIPPED', 'FAILED', 'READ') or (p_status in ('DELIVERED', 'SEEN') and p_channel <> 'IN_APP');

alter function engine.is_final_receipt(text, text) owner to notify_engine;
comment on function engine.is_final_receipt(text, text) is 'Whether Novu can say no more of a channel than this.';
