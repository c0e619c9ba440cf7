-- A delivery's attributes, for one of its recipients; null: none.
create or replace function engine.attributes_of(p_attributes jsonb, p_recipient uuid) returns jsonb
language sql
immutable
parallel safe
return case
  when p_attributes ? p_recipient::text then jsonb_build_object(p_recipient, p_attributes -> p_recipient::text)
end;

alter function engine.attributes_of(jsonb, uuid) owner to notify_engine;
comment on function engine.attributes_of(jsonb, uuid) is 'A delivery''s attributes, for one of its recipients.';
