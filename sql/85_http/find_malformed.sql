-- What is wrong with the form of an event to trigger, as a list of {"path", "message"}, of 100 at most; null: nothing. Whether it can be
-- sent is asked later.
create or replace function http_v1.find_malformed(p_event jsonb) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_kinds constant jsonb := '{
    "workflowId": "text", "enterpriseId": "uuid", "payload": "object", "subscriberId": "uuid", "recipients": "uuids",
    "notificationId": "uuid", "channels": "texts", "overrides": "object", "scheduledFor": "time", "expiresAt": "time",
    "priority": "priority", "idempotencyKey": "key", "name": "text", "building": "text", "timeZone": "text", "locale": "locale",
    "isDrill": "boolean", "tags": "tags", "recipientPayload": "object", "recipientAttributes": "object"
  }';
  v_errors jsonb;
begin
  if jsonb_typeof(p_event) is distinct from 'object' then
    return '[{"path": "", "message": "it is not an object: give {\"workflowId\": …, \"recipients\": […], \"payload\": {…}}"}]';
  end if;
  select jsonb_agg(jsonb_build_object('path', w.path, 'message', w.message) order by w.path) into v_errors
  from (
    select e.path, e.message
    from (
      select
        left(m.key, 100) as path,
        case when v_kinds ? m.key then http_v1.find_mistake(v_kinds ->> m.key, m.value) else 'there is no such member' end as message
      from jsonb_each(p_event) as m
      where m.value <> 'null' or not v_kinds ? m.key
      union all
      select f.path, f.message
      from (
        select
          coalesce(p_event -> 'subscriberId', 'null') <> 'null' as has_one,
          coalesce(p_event -> 'recipients', 'null') <> 'null' as has_many,
          coalesce(p_event -> 'workflowId', 'null') <> 'null' as has_workflow,
          coalesce(p_event -> 'notificationId', 'null') <> 'null' as has_id
      ) as h
      cross join lateral (
        values
        ('workflowId', 'it is missing', not h.has_workflow and not h.has_id),
        ('recipients', 'it is missing: give recipients, or one as subscriberId', not (h.has_one or h.has_many or h.has_id)),
        ('subscriberId', 'give this or recipients, not both', h.has_one and h.has_many),
        (
          'notificationId', 'a notification that exists is sent as it is: give workflowId beside it at most',
          h.has_id and p_event - array['notificationId', 'enterpriseId', 'workflowId'] <> '{}'
        )
      ) as f (path, message, is_so)
      where f.is_so
    ) as e
    where e.message is not null
    order by e.path
    limit 100
  ) as w;
  return v_errors;
end
$$;

alter function http_v1.find_malformed(jsonb) owner to notify_owner;
comment on function http_v1.find_malformed(jsonb) is 'What is wrong with the form of an event to trigger; null: nothing.';
