-- The variant of its notification's content that a delivery goes out with: the recipient's id, where the recipient has values of its
-- own, else the empty text, for all that have none. A parsed body, so that the planner inlines it.
create or replace function engine.variant_of(p_payload jsonb, p_recipients uuid[]) returns text
language sql
immutable
parallel safe
return case when p_payload is null then '' else p_recipients[1]::text end;

alter function engine.variant_of(jsonb, uuid[]) owner to notify_engine;
comment on function engine.variant_of(jsonb, uuid[]) is
'The variant of content that a delivery with this payload of its own and these recipients goes out with.';
