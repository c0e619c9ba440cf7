-- Trigger function: says as warnings what would keep a workflow that was just saved from being published, so far as it has templates:
-- a payload schema that can't be used, variables that it doesn't declare. It refuses nothing.
create or replace function notify.warn_of_workflow() returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on -- a migration has it off, and may change workflows
as $$
begin
  perform notify.raise_warning(format('workflow %L: %s', new.workflow_key, p.value ->> 'message'), p.value ->> 'hint')
  from jsonb_array_elements(
    template.check_bundle(notify.check_text(new.enterprise_id, notify.bundle_workflow(new)))
  ) as p;
  return null;
end
$$;

alter function notify.warn_of_workflow() owner to notify_owner;
comment on function notify.warn_of_workflow() is 'Trigger function: warns of what is wrong with a workflow that was saved.';
