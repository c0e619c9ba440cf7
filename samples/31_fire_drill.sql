-- fire-drill, shared: announces a drill beforehand, so that nobody takes it for an alarm.

set local session authorization sample_admin;
select set_config('app.current_enterprise_id', '', true);

insert into notify.ent_notification_workflow as w
(enterprise_id, workflow_key, workflow_type, name, description, default_channels, priority, category, payload_schema)
values
(
  '00000000-0000-0000-0000-000000000000', 'fire-drill', 'STATIC',
  'Fire drill', 'Announces a fire drill: when, how long, where to meet, and what to do if the alarm goes on.',
  array['EMAIL', 'IN_APP', 'PUSH'], 'NORMAL', 'DRILL',
  '{
    "type": "object",
    "required": ["day", "starts_at", "assembly_point"],
    "properties": {
      "day": {"type": "string"},
      "starts_at": {"type": "string"},
      "minutes": {"type": "integer", "minimum": 1, "maximum": 240},
      "assembly_point": {"type": "string", "maxLength": 60},
      "floors": {"type": "array", "items": {"type": ["string", "integer"]}},
      "coordinator": {"type": "string"}
    }
  }'
)
on conflict (enterprise_id, workflow_key) do update
  set
    name = excluded.name,
    description = excluded.description,
    default_channels = excluded.default_channels,
    priority = excluded.priority,
    category = excluded.category,
    payload_schema = excluded.payload_schema
  where (w.name, w.description, w.default_channels, w.priority, w.category, w.payload_schema)
  is distinct from (
    excluded.name, excluded.description, excluded.default_channels, excluded.priority, excluded.category, excluded.payload_schema
  );

insert into notify.ent_notification_template as t
(enterprise_id, template_key, channel_type, name, description, variables_description, subject_template, body_template)
values
(
  '00000000-0000-0000-0000-000000000000', 'fire-drill', 'EMAIL',
  'Fire drill, e-mail', 'What will happen, when, and what is asked of everyone.',
  '{"day": "e.g. Tuesday 3 June 2025", "starts_at": "local time", "minutes": "how long it takes", "floors": "the floors that take part; none: all", "assembly_point": "where to meet", "coordinator": "whom to tell of special needs"}',
  $text$Fire drill on {{ day }} at {{ starts_at }}$text$,
  $html${{ xnovu_render('header', {'title': 'Fire drill on ' ~ day, 'building': notification.building, 'is_drill': false, 'colour': '#9a5b00'}) }}
<p style="margin:0 0 16px;">We will hold a fire drill on <strong>{{ day }} at {{ starts_at }}</strong>{% if floors | default([]) %}, on floors {{ floors | join(', ') }}{% else %}, on all floors{% endif %}. It takes about {{ minutes | default(20) }} minutes. You will hear the evacuation signal; please treat it as you would a real alarm.</p>
<ul style="margin:0 0 16px;padding-left:24px;">
<li>Leave by the stairs and close the doors behind you. The lifts return to the ground floor and stay there.</li>
<li>Meet at <strong>{{ assembly_point }}</strong>. The wardens count who has arrived; please stay until your floor is counted.</li>
<li>Do not start a meeting or a call shortly before {{ starts_at }}, and tell visitors whom you expect.</li>
</ul>
<p style="margin:0 0 16px;">If you need help on the stairs, or work that cannot stop, tell {{ coordinator | default('your floor warden') }} a day before at the latest.</p>
<p style="margin:0;"><strong>If the signal has not stopped {{ minutes | default(20) + 10 }} minutes after the start</strong>, it is no longer the drill: leave the building, and follow the wardens.</p>
{{ xnovu_render('footer', {'building': notification.building, 'reason': 'You got this because you work in the building.', 'contact': coordinator | default(none)}) }}$html$
),
(
  '00000000-0000-0000-0000-000000000000', 'fire-drill', 'IN_APP',
  'Fire drill, in-app', 'Date, time and meeting point.',
  '{"day": "the date", "starts_at": "local time", "minutes": "how long it takes", "assembly_point": "where to meet"}',
  $text$Fire drill, {{ day }}, {{ starts_at }}$text$,
  $html$<p>Fire drill on <strong>{{ day }} at {{ starts_at }}</strong>, about {{ minutes | default(20) }} minutes. Leave by the stairs and meet at <strong>{{ assembly_point }}</strong>.</p>$html$
),
(
  '00000000-0000-0000-0000-000000000000', 'fire-drill', 'PUSH',
  'Fire drill, push', 'Date, time and meeting point.',
  '{"day": "the date", "starts_at": "local time", "assembly_point": "where to meet"}',
  $text$Fire drill on {{ day }}$text$,
  $text${{ starts_at }}. Leave by the stairs and meet at {{ assembly_point }}.$text$
)
on conflict (enterprise_id, template_key, channel_type, locale) do update
  set
    name = excluded.name,
    description = excluded.description,
    variables_description = excluded.variables_description,
    subject_template = excluded.subject_template,
    body_template = excluded.body_template
  where (t.name, t.description, t.variables_description, t.subject_template, t.body_template)
  is distinct from (excluded.name, excluded.description, excluded.variables_description, excluded.subject_template, excluded.body_template);
