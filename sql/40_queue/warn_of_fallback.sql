-- Trigger function: says that a workflow which is let into the critical lane was published without a fallback. It goes on, by its
-- name: an order that is given during an emergency must not fail for that.
create or replace function notify.warn_of_fallback() returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on -- a migration has it off, and may list workflows
as $$
declare
  v_key text := (
    select w.workflow_key
    from notify.ent_notification_workflow as w
    inner join notify.notification_workflow_version as v
      on w.enterprise_id = v.enterprise_id and w.id = v.workflow_id and w.published_version = v.version
    where w.enterprise_id = new.enterprise_id and w.id = new.workflow_id and v.fallback_text is null
  );
begin
  if v_key is not null then
    perform notify.raise_warning(
      format('workflow %L is published without fallback_text: where a template fails, its name alone goes out', v_key),
      'Set fallback_text in notify.ent_notification_workflow and publish it.'
    );
  end if;
  return null;
end
$$;

alter function notify.warn_of_fallback() owner to notify_owner;
comment on function notify.warn_of_fallback() is 'Trigger function: warns of a critical workflow that was published without a fallback.';
