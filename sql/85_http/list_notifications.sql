-- GET /api/notifications: the newest first, a page at a time. A page goes on where the cursor says, by (created_at, id), which an index serves
-- without counting what came before. What the filters leave out is read as well: a page looks at 5,000 rows at most, so it may be short, or
-- empty, while there is more. No status is in an index, since a notification's status changes too often for one.
create or replace function http_v1.list_notifications(p_proof text, p_query jsonb) returns http_v1.answer
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set jit = off
set plan_cache_mode = force_generic_plan -- each looks up by a key, and planning under policies costs more than that
set enable_seqscan = off -- nor in a plan that was cached while a table was small
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  v_answer http_v1.answer := http_v1.enter(p_proof, p_query ->> 'enterpriseId', 'read');
  v_errors jsonb;
  v_enterprise_id uuid := notify.current_enterprise_id();
  v_cursor text[];
  v_limit integer;
  v_looked_at integer := 0;
  v_lines jsonb[] := '{}';
  v_row notify.ent_notification;
begin
  if v_answer.status is not null then
    return v_answer;
  end if;
  v_errors := http_v1.find_query_faults(p_query);
  if v_errors is not null then
    return http_v1.refuse_malformed(v_errors);
  end if;
  v_cursor := http_v1.read_cursor(coalesce(p_query ->> 'cursor', http_v1.write_cursor('infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff')));
  v_limit := coalesce((p_query ->> 'limit')::integer, 50);
  for v_row in
    select n.*
    from notify.ent_notification as n
    where
      n.enterprise_id = v_enterprise_id
      and n.created_at >= coalesce((p_query ->> 'since')::timestamptz, '-infinity')
      and n.created_at <= v_cursor[1]::timestamptz
      and (n.created_at, n.id) < (v_cursor[1]::timestamptz, v_cursor[2]::uuid)
    order by n.created_at desc, n.id desc
    limit 5000
  loop
    v_looked_at := v_looked_at + 1;
    if
      v_row.notification_status = coalesce(p_query ->> 'status', v_row.notification_status)
      and v_row.workflow_key = coalesce(p_query ->> 'workflow', v_row.workflow_key)
    then
      v_lines := v_lines || http_v1.show_line(v_row);
    end if;
    exit when cardinality(v_lines) = v_limit;
  end loop;
  return http_v1.say(
    200,
    jsonb_build_object(
      'data', to_jsonb(v_lines),
      'cursor', case
        when cardinality(v_lines) = v_limit or v_looked_at = 5000 then http_v1.write_cursor(v_row.created_at, v_row.id)
      end
    )
  );
end
$$;

alter function http_v1.list_notifications(text, jsonb) owner to notify_owner;
grant execute on function http_v1.list_notifications(text, jsonb) to notify_http;
comment on function http_v1.list_notifications(text, jsonb) is 'GET /api/notifications: the newest first, a page at a time.';
