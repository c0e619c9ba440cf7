-- A recipient's attributes in Novu's words, without those that say nothing; null: there are none.
create or replace function engine.novu_attributes(p_attributes jsonb) returns jsonb
language sql
immutable
parallel safe
return (
  select
    jsonb_object_agg(
      case a.key when 'first_name' then 'firstName' when 'last_name' then 'lastName' else a.key end, a.value
    )
  from jsonb_each(p_attributes) as a
  where a.value not in ('null', '""', '{}')
);

alter function engine.novu_attributes(jsonb) owner to notify_engine;
comment on function engine.novu_attributes(jsonb) is 'Attributes of a recipient in Novu''s words.';
