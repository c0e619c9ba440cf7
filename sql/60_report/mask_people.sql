-- Takes recipients out of a text of Novu's: analysts read it, and they never read a recipient.
create or replace function engine.mask_people(p_text text) returns text
language sql
immutable
parallel safe
return regexp_replace(
  regexp_replace(p_text, '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', '<id>', 'gi'),
  '[^\s"<>()@,;:]+@[^\s"<>()@,;:]+|\+?\d[\d ()./-]{6,}\d', '<address>', 'g'
);

alter function engine.mask_people(text) owner to notify_engine;
comment on function engine.mask_people(text) is 'A text with ids, mail addresses and telephone numbers masked.';
