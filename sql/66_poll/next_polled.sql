-- Up to p_most enterprises of which Novu is to be asked something, due or not, in order of id, beginning after the last one that had its
-- turn and going round. One index probe an enterprise, however much each of them has waiting.
create or replace function engine.next_polled(p_after uuid, p_most integer) returns uuid[]
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  with recursive after_it as (
    (
      select p.enterprise_id from notify.notification_poll as p
      where not p.is_chosen and p.enterprise_id > p_after
      order by p.enterprise_id limit 1
    )
    union all
    select (
      select p.enterprise_id from notify.notification_poll as p
      where not p.is_chosen and p.enterprise_id > a.enterprise_id
      order by p.enterprise_id limit 1
    )
    from after_it as a where a.enterprise_id is not null
  ),
  up_to_it as (
    (
      select p.enterprise_id from notify.notification_poll as p
      where not p.is_chosen and p.enterprise_id <= p_after
      order by p.enterprise_id limit 1
    )
    union all
    select (
      select p.enterprise_id from notify.notification_poll as p
      where not p.is_chosen and p.enterprise_id > u.enterprise_id and p.enterprise_id <= p_after
      order by p.enterprise_id limit 1
    )
    from up_to_it as u where u.enterprise_id is not null
  )
  select array(
    select t.enterprise_id
    from (select a.enterprise_id from after_it as a union all select u.enterprise_id from up_to_it as u) as t
    where t.enterprise_id is not null
    limit p_most
  )
$$;

alter function engine.next_polled(uuid, integer) owner to notify_engine;
comment on function engine.next_polled(uuid, integer) is 'Enterprises of which Novu is to be asked something, from the one whose turn it is.';
