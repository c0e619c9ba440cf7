-- Recipients as Novu's subscribers, as JSON text: the attributes of those that have some, with which Novu creates or updates them, and
-- the bare ids of the others. Whatever the attributes say, the id is ours.
create or replace function engine.build_subscribers(p_prefix text, p_recipients uuid[], p_attributes jsonb) returns text
language sql
immutable
parallel safe
return (
  select
    string_agg(
      coalesce(
        (
          (p_attributes -> r.recipient::text) || jsonb_build_object('subscriberId', p_prefix || r.recipient::text)
        )::text,
        '"' || p_prefix || r.recipient::text || '"'
      ),
      ',' order by r.place
    )
  from unnest(p_recipients) with ordinality as r (recipient, place)
);

alter function engine.build_subscribers(text, uuid[], jsonb) owner to notify_engine;
comment on function engine.build_subscribers(text, uuid[], jsonb) is
'The subscribers of a delivery whose recipients have attributes, as JSON text.';
