-- What would be sent, without sending or writing anything: a row for each channel, rendered as the worker's claim would render it. Of the
-- draft, for who manages the workflow (an enterprise's own in its context, a shared one for an admin without a context); of the
-- published version where an enterprise looks at a shared workflow; of the version that p_options names.
create or replace function notify.preview(
  p_workflow_key text,
  p_payload jsonb default '{}',
  p_channel text default null,
  p_locale text default null,
  p_options jsonb default '{}'
) returns table (
  channel text,
  subject text,
  body text,
  text_body text,
  extras jsonb,
  bytes integer,
  segments integer,
  encoding text,
  templates text[],
  version text,
  warnings text[],
  error text
)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_enterprise_id uuid := notify.managed_enterprise_id();
  v_workflow notify.ent_notification_workflow := notify.visible_workflow(p_workflow_key);
  v_version notify.notification_workflow_version;
  v_channels text[];
  v_stray text;
  v_seen jsonb;
  v_error text; -- of the notification as a whole, not of one channel
begin
  select string_agg(quote_literal(k), ', ') into v_stray
  from jsonb_object_keys(p_options) as k
  where k not in ('version', 'name', 'building', 'time_zone', 'is_drill', 'priority', 'is_test', 'critical');
  if v_stray is not null then
    raise exception using
      errcode = 'XN109',
      message = 'there is no such option of a preview: ' || v_stray,
      hint = 'Options are version, name, building, time_zone, is_drill, is_test, priority and critical: {"version": 3, "is_drill": true}.';
  elsif p_channel <> all(array['CHAT', 'EMAIL', 'IN_APP', 'PUSH', 'SMS']) then
    raise exception using
      errcode = 'XN109',
      message = format('there is no channel %L', p_channel),
      hint = 'The channels are EMAIL, IN_APP, SMS, PUSH and CHAT; null previews those that the workflow goes out on.';
  end if;
  if p_options ? 'version' then
    v_version := notify.stored_version(v_workflow, (p_options ->> 'version')::integer);
  elsif v_workflow.enterprise_id = v_enterprise_id then
    v_version := notify.draft_version(v_workflow);
  else
    v_version := notify.stored_version(v_workflow, v_workflow.published_version);
  end if;
  v_channels := case when p_channel is null then v_version.default_channels else array[p_channel] end;

  v_seen := template.preview(
    v_version.bundle::text, p_payload::text,
    (
      notify.preview_context(v_enterprise_id, p_locale, p_options)::jsonb
      || case
        when (p_options ->> 'critical')::boolean then jsonb_build_object('emergency', jsonb_build_object('fallback',
          notify.fallback_content(
            v_version.name, v_version.fallback_text, v_channels, coalesce((p_options ->> 'is_test')::boolean, false)
          )))
        else '{}'
      end
    )::text, array_to_string(v_channels, ',')
  );
  v_error := case
    when not exists (
      select from jsonb_each(v_seen -> 'channels') as e where e.value -> 'error' = v_seen -> 'error'
    ) then v_seen -> 'error' ->> 'message'
  end;
  return query
  select
    c.channel, s.seen ->> 'subject', s.seen ->> 'body', s.seen ->> 'text', s.seen -> 'extras',
    (s.seen ->> 'bytes')::integer, (s.seen ->> 'segments')::integer, s.seen ->> 'encoding',
    array(select jsonb_array_elements_text(s.seen -> 'templates')), coalesce(v_version.version::text, 'draft'),
    array(
      select coalesce(w.value ->> 'message', w.value #>> '{}')
      from jsonb_array_elements(v_seen -> 'warnings') as w
      where coalesce(w.value ->> 'channel', c.channel) = c.channel
    ),
    coalesce(s.seen -> 'error' ->> 'message', v_error)
  from unnest(v_channels) with ordinality as c (channel, place)
  cross join lateral (select v_seen -> 'channels' -> c.channel as seen) as s
  order by c.place;
end
$$;

alter function notify.preview(text, jsonb, text, text, jsonb) owner to notify_owner;
grant execute on function notify.preview(text, jsonb, text, text, jsonb) to notify_manager, notify_admin;
comment on function notify.preview(text, jsonb, text, text, jsonb) is
'What would be sent, a row for each channel, without writing anything: select * from notify.preview(''fire-alarm'', ''{"floor": 3}'', ''SMS'', ''da''). Of your draft; of a version with the option {"version": 3}; as the critical lane would render it with {"critical": true}.';
