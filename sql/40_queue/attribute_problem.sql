-- What is wrong with an attribute of a recipient, in words without its value; null: nothing. What is null or empty says nothing, and
-- is left out. A light look: an address that Novu or a provider can't use is theirs to refuse.
create or replace function engine.attribute_problem(p_name text, p_value jsonb) returns text
language sql
immutable
parallel safe
return case
  when p_name not in ('email', 'phone', 'first_name', 'last_name', 'locale', 'avatar', 'data')
    then
      case when p_name ~ '^[A-Za-z_]{1,30}$' then p_name else 'something' end
      || ' is no attribute: email, phone, first_name, last_name, locale, avatar and data are'
  when p_value in ('null', '""') then null
  when p_name = 'data' then case when jsonb_typeof(p_value) <> 'object' then 'data is not an object' end
  when jsonb_typeof(p_value) <> 'string' then p_name || ' is not a text'
  when
    length(p_value #>> '{}')
    > case p_name when 'phone' then 40 when 'locale' then 20 when 'avatar' then 1000 else 254 end
    then p_name || ' is too long'
  when (p_value #>> '{}') ~ '[[:cntrl:]]' then p_name || ' holds a control character'
  when p_name = 'email' and (p_value #>> '{}') !~ '^[^\s@<>,;:"()]+@[^\s@<>,;:"()]+\.[^\s@<>,;:"().]+$'
    then 'email is not an e-mail address'
  when p_name = 'phone' and (p_value #>> '{}') !~ '^\+?\(?[0-9][0-9 ()./-]*[0-9]$'
    then 'phone is not a telephone number such as +4512345678'
  when p_name = 'locale' and (p_value #>> '{}') !~* '^[a-z]{2,3}([-_][a-z]{4})?([-_]([a-z]{2}|[0-9]{3}))?$'
    then 'locale is not such as da or pt-BR'
  when p_name = 'avatar' and (p_value #>> '{}') !~* '^https?://[^\s"<>]+$' then 'avatar is not a http or https address'
end;

alter function engine.attribute_problem(text, jsonb) owner to notify_engine;
grant execute on function engine.attribute_problem(text, jsonb) to notify_owner;
comment on function engine.attribute_problem(text, jsonb) is 'What is wrong with an attribute of a recipient; null: nothing.';
