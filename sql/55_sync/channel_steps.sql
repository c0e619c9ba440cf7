-- The steps of a workflow at Novu: one for each channel that its version has, in the order in which Novu takes them.
create or replace function engine.channel_steps(p_bundle jsonb)
returns table (place integer, channel text, type text, name text, has_subject boolean, is_html boolean)
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select c.*
  from (values
    (1, 'IN_APP', 'in_app', 'In-App', true, true),
    (2, 'EMAIL', 'email', 'Email', true, true),
    (3, 'SMS', 'sms', 'SMS', false, false),
    (4, 'PUSH', 'push', 'Push', true, false),
    (5, 'CHAT', 'chat', 'Chat', false, false)
  ) as c (place, channel, type, name, has_subject, is_html)
  where p_bundle -> 'channels' ? c.channel
$$;

alter function engine.channel_steps(jsonb) owner to notify_engine;
comment on function engine.channel_steps(jsonb) is 'The steps of a workflow at Novu, one for each channel of its version.';
