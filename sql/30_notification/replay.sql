-- Tries again what ended FAILED: only the deliveries that failed, under new transaction ids, rendered anew with what is published now.
-- Owned by notify_owner, to whom the tenant's policies apply. Locks each notification before its deliveries, as reporting does; one
-- that somebody else holds is left for the next call.
create or replace function notify.replay(
  p_id uuid default null,
  p_error_code text default null,
  p_workflow_key text default null,
  p_failed_since timestamptz default null,
  p_failed_until timestamptz default null,
  p_expires_at timestamptz default null,
  p_limit integer default 1000
) returns table (notification_id uuid, delivery_count integer)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_enterprise_id uuid := notify.reached_enterprise_id();
begin
  if v_enterprise_id is null then
    raise exception using
      errcode = 'XN001',
      message = 'no enterprise is chosen: a replay needs one',
      hint = 'select notify.set_enterprise(''<id of the enterprise>'') in the same transaction, before this statement.';
  elsif num_nonnulls(p_id, p_error_code, p_workflow_key, p_failed_since, p_failed_until) = 0 then
    raise exception using
      errcode = 'XN204',
      message = 'a replay needs to know of what',
      hint = 'Give p_id, p_error_code, p_workflow_key, p_failed_since or p_failed_until; select * from notify.notification_failures shows what failed.';
  elsif p_expires_at <= notify.now() then
    raise exception using
      errcode = 'XN204',
      message = 'p_expires_at is over: what is replayed would expire at once',
      hint = 'Give a time to come.';
  end if;
  return query
  with chosen as (
    select n.enterprise_id, n.id
    from notify.ent_notification as n
    where
      n.enterprise_id = v_enterprise_id
      and n.notification_status = 'FAILED'
      and (p_id is null or n.id = p_id)
      and (p_error_code is null or n.error_details ->> 'code' = p_error_code)
      and (p_workflow_key is null or n.workflow_key = p_workflow_key)
      and (p_failed_since is null or n.processed_at >= p_failed_since)
      and (p_failed_until is null or n.processed_at < p_failed_until)
      and (p_expires_at is not null or n.expires_at is null or n.expires_at > notify.now())
      and exists (
        select
        from notify.notification_delivery as d
        where d.enterprise_id = n.enterprise_id and d.notification_id = n.id and d.delivery_status = 'FAILED'
      )
    order by n.enterprise_id, n.id
    limit p_limit
    for no key update skip locked
  ),
  reopened as (
    update notify.notification_delivery as d
    set
      delivery_status = 'OPEN', due_at = notify.now(), transaction_id = notify.new_transaction_id(d.notification_id),
      failure_count = 0,
      strike_count = 0, error_details = null, http_status = null, latency_ms = null, finished_at = null
    from chosen as c
    where d.enterprise_id = c.enterprise_id and d.notification_id = c.id and d.delivery_status = 'FAILED'
    returning d.notification_id
  ),
  replayed as (
    update notify.ent_notification as n
    set
      notification_status = 'PENDING', processed_at = null, error_details = null, rendered_at = null,
      expires_at = coalesce(p_expires_at, n.expires_at)
    from chosen as c
    where n.enterprise_id = c.enterprise_id and n.id = c.id
    returning n.enterprise_id, n.id
  ),
  counted as (
    select r.notification_id, count(*)::integer as delivery_count from reopened as r group by r.notification_id
  ),
  written as (
    insert into notify.notification_history
      (enterprise_id, notification_id, happened_at, from_status, to_status, actor, reason)
    select
      r.enterprise_id, r.id, notify.now(), 'FAILED', 'PENDING', notify.actor(),
      format('replay of %s under new transaction ids', case c.delivery_count when 1 then '1 delivery' else c.delivery_count || ' deliveries' end)
    from replayed as r
    inner join counted as c on r.id = c.notification_id
  )
  select c.notification_id, c.delivery_count from counted as c order by c.notification_id;
end
$$;

alter function notify.replay(uuid, text, text, timestamptz, timestamptz, timestamptz, integer) owner to notify_owner;
grant execute on function notify.replay(uuid, text, text, timestamptz, timestamptz, timestamptz, integer)
to notify_platform, notify_admin;
comment on function notify.replay(uuid, text, text, timestamptz, timestamptz, timestamptz, integer) is
'Tries again what failed of the enterprise in the context, by id, error code, workflow or time of the failure: select * from notify.replay(p_error_code => ''novu_retry''). Only deliveries that failed, never what Novu took; up to p_limit notifications a call; what has expired only with a new p_expires_at.';
