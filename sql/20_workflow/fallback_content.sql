-- The content of an emergency that no template has to do with: the workflow's fallback text, or its name where it has none, for
-- these channels, as the template engine would hand it over. Built of texts alone, so that nothing can keep it from going out.
create or replace function notify.fallback_content(p_name text, p_text text, p_channels text[], p_is_test boolean)
returns json
language sql
immutable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
  select json_object_agg(c.step, case
    when c.has_subject then json_build_object('subject', t.mark || t.title, 'body', c.body)
    else json_build_object('body', t.mark || c.body)
  end)
  from (
    select
      case when p_is_test then '[TEST] ' else '' end as mark,
      left(regexp_replace(p_name, '\s+', ' ', 'g'), 150) as title,
      replace(coalesce(p_text, p_name), e'\r', '') as text
  ) as t
  cross join lateral (
    select
      '<p>' || replace(
        replace(replace(replace(replace(t.text, '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;'), e'\n', '<br>'
      ) || '</p>' as html
  ) as h
  cross join lateral (values
    ('EMAIL', 'email', true, h.html),
    ('IN_APP', 'in_app', true, h.html),
    ('SMS', 'sms', false, t.text),
    ('PUSH', 'push', true, left(t.text, 500)), -- the services take 4,096 bytes
    ('CHAT', 'chat', false, t.text)
  ) as c (channel, step, has_subject, body)
  where c.channel = any(p_channels)
$$;

alter function notify.fallback_content(text, text, text[], boolean) owner to notify_owner;
grant execute on function notify.fallback_content(text, text, text[], boolean) to notify_owner, notify_engine;
comment on function notify.fallback_content(text, text, text[], boolean) is
'A workflow''s fallback as the content of these channels: select notify.fallback_content(''Fire alarm'', ''Leave the building'', array[''SMS''], false).';
