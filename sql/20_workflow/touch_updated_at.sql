-- Trigger function: keeps updated_at at the last change.
create or replace function notify.touch_updated_at() returns trigger
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  new.updated_at := notify.now();
  return new;
end
$$;

alter function notify.touch_updated_at() owner to notify_owner;
comment on function notify.touch_updated_at() is 'Trigger function: sets updated_at when a row changes.';
