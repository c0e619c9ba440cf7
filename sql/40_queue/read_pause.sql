-- What the arguments of notify.pause and notify.resume name, as a row of notification_pause.
create or replace function notify.read_pause(p_kind text, p_name text)
returns table (enterprise_id uuid, kind text, name text)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if p_kind is null or p_name is null or p_kind not in ('ENTERPRISE', 'WORKFLOW', 'LANE', 'TARGET') then
    raise exception using
      errcode = 'XN211',
      message = format('%s can''t be paused', coalesce(quote_literal(p_kind), 'null')),
      hint = 'The first argument is ENTERPRISE, WORKFLOW, LANE or TARGET, the second says which.';
  end if;
  if p_kind = 'ENTERPRISE' then
    if p_name !~ '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$' then
      raise exception using
        errcode = 'XN211', message = format('%L is not the id of an enterprise', p_name), hint = 'Give its UUID.';
    end if;
    return query select p_name::uuid, p_kind, ''::text;
  elsif p_kind = 'WORKFLOW' then
    return query
    select w.enterprise_id, p_kind, w.workflow_key
    from notify.ent_notification_workflow as w
    where
      w.enterprise_id = coalesce(notify.current_enterprise_id(), '00000000-0000-0000-0000-000000000000')
      and w.workflow_key = p_name;
    if not found then
      raise exception using
        errcode = 'XN211',
        message = format('there is no workflow with the key %L here', p_name),
        hint = 'Without a context it is a shared workflow, after notify.set_enterprise one of that enterprise''s own.';
    end if;
  else
    if p_kind = 'LANE' and p_name not in ('critical', 'normal', 'bulk') then
      raise exception using
        errcode = 'XN211', message = format('there is no lane %L', p_name), hint = 'It is critical, normal or bulk.';
    elsif p_kind = 'TARGET' and p_name <> 'default' and not exists (
      select from notify.notification_target as t where t.target = p_name
      union all
      -- one that was given up since can still be resumed
      select from notify.notification_pause as p where p.kind = 'TARGET' and p.name = p_name
    ) then
      raise exception using
        errcode = 'XN211',
        message = format('there is no target %L', p_name),
        hint = 'It is default, or one of those that select target from notify.notification_target shows.';
    end if;
    return query select '00000000-0000-0000-0000-000000000000'::uuid, p_kind, p_name;
  end if;
end
$$;

alter function notify.read_pause(text, text) owner to notify_owner;
grant execute on function notify.read_pause(text, text) to notify_admin;
comment on function notify.read_pause(text, text) is 'What the arguments of notify.pause and notify.resume name: select * from notify.read_pause(''LANE'', ''bulk'').';
