-- A row whose work has ended: in step, or with what is in the way. Nothing more is asked until something else is wanted.
create or replace function engine.settle_sync(
  p_sync notify.notification_sync,
  p_code text default null,
  p_message text default null
)
returns notify.notification_sync
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  p_sync.step := null;
  p_sync.due_at := null;
  p_sync.is_check := false;
  p_sync.found := null;
  if p_sync.is_in_step <> (p_code is null) then
    p_sync.is_in_step := p_code is null;
    p_sync.changed_at := notify.now();
  end if;
  p_sync.failure_count := case when p_code is null then 0 else p_sync.failure_count end;
  p_sync.error_details := case
    when p_code is not null then jsonb_build_object('code', p_code, 'message', left(engine.mask_people(p_message), 500))
  end;
  return p_sync;
end
$$;

alter function engine.settle_sync(notify.notification_sync, text, text) owner to notify_engine;
comment on function engine.settle_sync(notify.notification_sync, text, text) is 'The row of a workflow whose work has ended, in step or with a reason.';
