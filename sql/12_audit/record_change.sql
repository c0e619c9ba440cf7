-- The audit trigger of what people manage: a row for each row that was changed. Its arguments are the columns that name a row, and
-- those that are not worth keeping. Owned by notify_owner, so that whoever changes a table need not be able to write the trail.
create or replace function notify.record_change() returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set row_security = on -- a migration has it off, and may change what is audited
as $$
declare
  v_old jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) end;
  v_new jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) end;
  v_row jsonb := coalesce(v_new, v_old);
  v_left_out text[] := string_to_array(tg_argv[1], ',');
begin
  if tg_op = 'UPDATE' then
    -- what is the same before and after is no change
    select jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, v_new -> o.key)
    into v_old, v_new
    from jsonb_each(v_old) as o
    where o.value is distinct from v_new -> o.key and o.key <> all(coalesce(v_left_out, '{}'));
    if v_old is null then
      return null;
    end if;
  end if;
  insert into notify.notification_audit
    (enterprise_id, application_user, table_name, action, row_key, before, after)
  values (
    coalesce((v_row ->> 'enterprise_id')::uuid, '00000000-0000-0000-0000-000000000000'),
    nullif(left(current_setting('app.current_user_id', true), 200), ''),
    tg_table_name, tg_op,
    (
      select jsonb_object_agg(k.name, v_row -> k.name)
      from unnest(string_to_array(tg_argv[0], ',')) as k (name)
    ),
    v_old - coalesce(v_left_out, '{}'),
    v_new - coalesce(v_left_out, '{}')
  );
  return null;
end
$$;

alter function notify.record_change() owner to notify_owner;
comment on function notify.record_change() is 'Trigger function: writes into notify.notification_audit who changed which row, from what to what.';
