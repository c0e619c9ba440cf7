-- The complete requests of a rendered claim, each for the target that was noted when it was claimed: the enterprise's own or the default one. Those for one target go out in
-- bulks of at most 100 events and about 2 MB, but for one that is to go alone, and for fewer events than a bulk costs tokens. A POST may start during the first two thirds of the lease; the last third is for its answer.
-- In bridge mode a trigger carries the delivery's signed id instead of the content, which Novu asks for when it executes a step.
drop function if exists engine.build_requests(notify.notification_claim); -- as it was before there was a type of what it returns
create or replace function engine.build_requests(p_claim notify.notification_claim) returns setof engine.request
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  with ready as materialized (
    select
      d.enterprise_id, d.notification_id, d.number, d.attempt,
      d.is_alone, coalesce(d.target, 'default') as target,
      engine.build_body(
        notify.novu_workflow_id(w.enterprise_id, w.workflow_key),
        d.enterprise_id, d.recipients, d.attributes, coalesce(t.has_plain_ids, false), d.transaction_id,
        case
          when b.target is null then c.content::text
          else json_build_object('delivery', engine.sign_delivery(b.target, d.enterprise_id, d.notification_id, d.number))::text
        end,
        n.overrides
      ) as body
    from unnest(p_claim.keys) as k
    cross join lateral (
      select n.rendered_at, n.overrides
      from notify.ent_notification as n
      where n.enterprise_id = k.enterprise_id and n.id = k.notification_id
      offset 0
    ) as n
    inner join notify.notification_delivery as d
      on k.enterprise_id = d.enterprise_id and k.notification_id = d.notification_id and k.number = d.number
    cross join lateral (
      select c.workflow_enterprise_id, c.workflow_id, c.content
      from notify.notification_content as c
      where
        c.enterprise_id = k.enterprise_id
        and c.notification_id = k.notification_id
        and c.variant = engine.variant_of(d.payload, d.recipients)
        and c.rendered_at = n.rendered_at
      offset 0
    ) as c
    inner join notify.ent_notification_workflow as w on c.workflow_enterprise_id = w.enterprise_id and c.workflow_id = w.id
    left join notify.notification_target as t on d.enterprise_id = t.enterprise_id and d.target = t.target
    left join notify.notification_bridge as b on coalesce(d.target, 'default') = b.target
    where d.claim_id = p_claim.claim_id and d.delivery_status = 'OPEN'
  ),
  part as (
    select
      r.*,
      (row_number() over (partition by r.target) - 1) / 100 as hundred,
      sum(octet_length(r.body)) over (partition by r.target rows unbounded preceding) / 2000000 as part
    from ready as r
  ),
  request as (
    select
      p.*,
      p.is_alone
      or count(*) over (partition by p.target, p.hundred, p.part) < greatest(2, l.bulk_cost) as goes_alone
    from part as p
    left join notify.notification_target_limit as l on p.target = l.target
  )
  select
    engine.request_id(r.enterprise_id, r.notification_id, r.number),
    'delivery',
    r.attempt,
    r.target,
    case when not r.goes_alone then concat_ws('.', r.target, p_claim.claim_id, r.hundred, r.part) end,
    extract(epoch from p_claim.leased_until - p_claim.claimed_at)::double precision * 2 / 3,
    'POST',
    case when r.goes_alone then '/v1/events/trigger' else '/v1/events/trigger/bulk' end,
    '{}'::jsonb,
    r.body
  from request as r;
end
$$;

alter function engine.build_requests(notify.notification_claim) owner to notify_engine;
comment on function engine.build_requests(notify.notification_claim) is 'The HTTP requests of a rendered claim, ready to send.';
