-- Trigger function: keeps beside the body of an email the form in which it is published, its <style> rules written into the elements.
create or replace function notify.inline_template() returns trigger
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  new.inlined_template := case when new.channel_type = 'EMAIL' then template.inline_styles(new.body_template) end;
  return new;
end
$$;

alter function notify.inline_template() owner to notify_owner;
comment on function notify.inline_template() is 'Trigger function: fills inlined_template.';
