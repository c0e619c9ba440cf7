-- What is wrong with a template as it is stored, and with those that include it: a row for each problem. The same that is said as
-- warnings when it is saved. The enterprise's own template, or the shared one where it has none.
create or replace function notify.check_template(
  p_template_key text,
  p_channel_type text default null,
  p_locale text default null
) returns table (
  channel_type text,
  locale text,
  severity text,
  field text,
  line integer,
  "column" integer,
  code text,
  message text,
  hint text
)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_shared constant uuid := '00000000-0000-0000-0000-000000000000';
  v_manager uuid := notify.managed_enterprise_id();
begin
  if not exists (
    select
    from notify.ent_notification_template as t
    where
      t.enterprise_id in (v_manager, v_shared)
      and t.template_key = p_template_key
      and t.channel_type = coalesce(p_channel_type, t.channel_type)
      and t.locale = coalesce(p_locale, t.locale)
  ) then
    raise exception using
      errcode = 'XN111',
      message = concat_ws(
        ' ', format('there is no template with the key %L', p_template_key), 'for ' || p_channel_type,
        'in the language ' || nullif(p_locale, '')
      ),
      hint = 'select template_key, channel_type, locale from notify.ent_notification_template shows those that exist.';
  end if;
  return query
  select
    split_part(p.problem ->> 'template', '/', 1), split_part(p.problem ->> 'template', '@', 2),
    p.problem ->> 'severity', p.problem ->> 'field', (p.problem ->> 'line')::integer,
    (p.problem ->> 'column')::integer, p.problem ->> 'code', p.problem ->> 'message', p.problem ->> 'hint'
  from (
    select distinct t.channel_type
    from notify.ent_notification_template as t
    where
      t.enterprise_id in (v_manager, v_shared)
      and t.template_key = p_template_key
      and t.channel_type = coalesce(p_channel_type, t.channel_type)
  ) as c
  cross join lateral notify.find_problems(v_manager, c.channel_type, array[p_template_key]) as p (problem)
  where p_locale is null or split_part(p.problem ->> 'template', '@', 2) = p_locale
  order by 1, 3, 2, 8;
end
$$;

alter function notify.check_template(text, text, text) owner to notify_owner;
grant execute on function notify.check_template(text, text, text) to notify_manager, notify_admin;
comment on function notify.check_template(text, text, text) is
'What is wrong with a template and with those that include it, a row for each problem: select * from notify.check_template(''fire-alarm'', ''EMAIL'').';
