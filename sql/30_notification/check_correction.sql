-- Refuses a correction that can't become a notification, and says what to change. Whether its workflow is there, and fits the payload, is
-- seen when it is rendered, as for every notification: a retraction must not fail for it.
create or replace function notify.check_correction(p_correction jsonb) returns void
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_stranger text;
  v_problem text;
begin
  if jsonb_typeof(p_correction) = 'object' then
    select min(k.name) into v_stranger
    from jsonb_object_keys(p_correction) as k (name)
    where k.name not in ('workflow_key', 'payload', 'name', 'priority');
  end if;
  v_problem := case
    when jsonb_typeof(p_correction) <> 'object' then 'it is not an object but of type ' || jsonb_typeof(p_correction)
    when v_stranger is not null then format('it has the member %s, which a correction does not have', to_json(v_stranger))
    when coalesce(jsonb_typeof(p_correction -> 'workflow_key'), 'null') <> 'string' then 'workflow_key is missing, or is no text'
    when length(p_correction ->> 'workflow_key') not between 1 and 60 then 'workflow_key does not have 1 to 60 characters'
    when coalesce(jsonb_typeof(p_correction -> 'payload'), 'null') <> 'object' then 'payload is missing, or is no object'
    when octet_length(p_correction ->> 'payload') > 131072 then 'payload takes more than 128 KB'
    when jsonb_typeof(p_correction -> 'name') not in ('string', 'null') then 'name is no text'
    when octet_length(p_correction ->> 'name') > 1000 then 'name takes more than 1,000 bytes'
    when
      jsonb_typeof(p_correction -> 'priority') <> 'null'
      and coalesce(p_correction ->> 'priority', '') not in ('CRITICAL', 'HIGH', 'NORMAL', 'LOW')
      then 'priority is none of CRITICAL, HIGH, NORMAL and LOW'
  end;
  if p_correction is not null and v_problem is not null then
    raise exception using
      errcode = 'XN205',
      message = 'the correction can''t be sent: ' || v_problem,
      hint = 'Give {"workflow_key": "…", "payload": {…}}, and if you like "name" and "priority"; recipients and channels are those of what is retracted.';
  end if;
end
$$;

alter function notify.check_correction(jsonb) owner to notify_owner;
comment on function notify.check_correction(jsonb) is 'Raises an error that says what is wrong with a correction: select notify.check_correction(''{"workflow_key": "all-clear", "payload": {}}'').';
