-- Recipients of a notification with values or attributes of their own, everyone once, in numbered parts. Who has values of its own (an
-- object that is not empty) is a part by itself; the others share parts of at most 100, and of about 12 KB of attributes: so that an event stays within what
-- Novu takes whatever its content. Looks up each recipient in what was detoasted once, since a plan that joins them would depend on estimates.
create or replace function engine.split_own(p_recipients uuid[], p_payload jsonb, p_attributes jsonb)
returns table (number integer, recipients uuid[], payload jsonb, attributes jsonb)
language plpgsql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_payload jsonb := coalesce(p_payload, '{}') || '{}';
  v_attributes jsonb := coalesce(p_attributes, '{}') || '{}';
begin
  return query
  with person as (
    select
      u.recipient, min(u.place) as place,
      nullif(v_payload -> u.recipient::text, '{}') as payload,
      engine.novu_attributes(v_attributes -> u.recipient::text) as attributes
    from unnest(p_recipients) with ordinality as u (recipient, place)
    group by u.recipient
  ),
  part as (
    select
      p.*,
      case when p.payload is not null then p.place end as alone,
      case when p.payload is null then (row_number() over w - 1) / 100 end as hundred,
      case when p.payload is null then coalesce(sum(octet_length(p.attributes::text)) over w, 0) / 12000 end as kilobytes
    from person as p
    window w as (partition by p.payload is null order by p.place rows unbounded preceding)
  )
  select
    (row_number() over (order by min(p.place)))::integer,
    array_agg(p.recipient order by p.place),
    (array_agg(p.payload))[1],
    jsonb_object_agg(p.recipient, p.attributes) filter (where p.attributes is not null)
  from part as p
  group by p.alone, p.hundred, p.kilobytes;
end
$$;

alter function engine.split_own(uuid[], jsonb, jsonb) owner to notify_engine;
comment on function engine.split_own(uuid[], jsonb, jsonb) is
'Splits recipients with values or attributes of their own into numbered parts, dropping repetitions.';
