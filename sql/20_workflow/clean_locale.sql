-- A locale as a program writes it (da_DK, DA-dk) in the form that templates are stored under (da-DK); null for what is none. A
-- notification is sent whatever stands there: an alarm in the default language is better than none.
create or replace function notify.clean_locale(p_locale text) returns text
language sql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
  select string_agg(
    case
      when s.place = 1 then lower(s.part)
      when length(s.part) = 4 then initcap(s.part)
      else upper(s.part)
    end,
    '-' order by s.place
  )
  from regexp_split_to_table(p_locale, '[-_]') with ordinality as s (part, place)
  where p_locale ~* '^[a-z]{2,3}([-_][a-z]{4})?([-_]([a-z]{2}|[0-9]{3}))?$'
$$;

alter function notify.clean_locale(text) owner to notify_owner;
grant execute on function notify.clean_locale(text) to notify_owner, notify_engine;
comment on function notify.clean_locale(text) is 'A locale in the form that templates are stored under, such as da-DK for da_dk; null for what is none.';
