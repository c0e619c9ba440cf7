-- Takes the facts of requests about workflows. An answer to an old attempt changes nothing: the fence. A row that a publish in an
-- open transaction holds is not waited for: BUSY, to be reported again.
create or replace function engine.report_syncs(p_results jsonb) returns table (request_id text, outcome text)
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_result jsonb;
  v_request jsonb;
  v_key text[];
  v_sync notify.notification_sync;
begin
  for v_result in select r.result from jsonb_array_elements(p_results) as r (result) loop
    v_request := v_result -> 'requests' -> 0;
    v_key := string_to_array(v_request ->> 'request_id', '/');
    request_id := v_request ->> 'request_id';
    select s.* into v_sync
    from notify.notification_sync as s
    where
      s.enterprise_id = v_key[2]::uuid
      and s.workflow_enterprise_id = v_key[3]::uuid
      and s.workflow_key = v_key[4]
      and s.target = v_key[5]
      and s.attempt = (v_request ->> 'attempt')::integer
      and s.claimed_by is not null
    for update skip locked;
    if found then
      v_sync := engine.advance_sync(v_sync, v_result);
      outcome := engine.store_sync(v_sync);
    else
      perform
      from notify.notification_sync as s
      where
        s.enterprise_id = v_key[2]::uuid
        and s.workflow_enterprise_id = v_key[3]::uuid
        and s.workflow_key = v_key[4]
        and s.target = v_key[5]
        and s.attempt = (v_request ->> 'attempt')::integer
        and s.claimed_by is not null;
      outcome := case when found then 'BUSY' else 'STALE' end;
    end if;
    return next;
  end loop;
end
$$;

alter function engine.report_syncs(jsonb) owner to notify_engine;
comment on function engine.report_syncs(jsonb) is 'Takes the facts of requests about workflows, and returns what became of each.';
