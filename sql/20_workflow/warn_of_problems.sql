-- Trigger function: says as warnings what is wrong with the templates that were just saved or deleted, and with those that include them. It refuses
-- nothing, so that a draft may be saved as it is; notify.publish refuses. Once a statement, over all that it saved.
create or replace function notify.warn_of_problems() returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on -- a migration has it off, and may change templates
as $$
declare
  v_saved record;
begin
  for v_saved in
    select s.enterprise_id, s.channel_type, array_agg(distinct s.template_key) as keys
    from saved as s
    group by s.enterprise_id, s.channel_type
    order by s.enterprise_id, s.channel_type
  loop
    perform notify.raise_warning(p.problem ->> 'message', p.problem ->> 'hint')
    from notify.find_problems(v_saved.enterprise_id, v_saved.channel_type, v_saved.keys) as p (problem);
  end loop;
  return null;
end
$$;

alter function notify.warn_of_problems() owner to notify_owner;
comment on function notify.warn_of_problems() is 'Trigger function: warns of what is wrong with the templates that were saved.';
