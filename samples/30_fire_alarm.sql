-- fire-alarm, shared: tells everyone in the building to leave, on every channel at once. An enterprise may publish its own instead.
-- Every value has something to fall back on, since an alarm must go out with whatever the panel knew.

set local session authorization sample_admin;
select set_config('app.current_enterprise_id', '', true);

insert into notify.ent_notification_workflow as w
(enterprise_id, workflow_key, workflow_type, name, description, default_channels, priority, category, payload_schema)
values
(
  '00000000-0000-0000-0000-000000000000', 'fire-alarm', 'STATIC',
  'Fire alarm', 'Leave the building now: sent when the fire panel raises an alarm, and in full drills.',
  array['EMAIL', 'IN_APP', 'SMS', 'PUSH'], 'CRITICAL', 'FIRE',
  '{
    "type": "object",
    "properties": {
      "floor": {"type": ["string", "integer"]},
      "zone": {"type": "string"},
      "raised_at": {"type": "string"},
      "assembly_point": {"type": "string", "maxLength": 60},
      "stairs": {"type": "array", "items": {"type": "string"}},
      "control_room": {"type": "string"}
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
  '00000000-0000-0000-0000-000000000000', 'fire-alarm', 'EMAIL',
  'Fire alarm, e-mail', 'The full instruction, with stairs, assembly point and the way for those who cannot use stairs.',
  '{"floor": "where", "zone": "part of the floor", "raised_at": "local time", "assembly_point": "where to meet", "stairs": "list of staircases in use", "control_room": "telephone number"}',
  $text${% if notification.is_drill %}[DRILL] {% endif %}Fire alarm{% if notification.building %} in {{ notification.building }}{% endif %}: leave the building now$text$,
  $html${{ xnovu_render('header', {'title': 'Fire alarm: leave the building now', 'building': notification.building, 'is_drill': notification.is_drill, 'colour': '#a4161a'}) }}
<p style="margin:0 0 16px;">A fire alarm was raised{% if floor is defined %} on floor <strong>{{ floor }}</strong>{% endif %}{% if zone is defined %} ({{ zone }}){% endif %}{% if raised_at is defined %} at {{ raised_at }}{% endif %}. Please leave calmly, and start now.</p>
<ol style="margin:0 0 16px;padding-left:24px;">
<li>Leave everything behind that you do not hold in your hand. Close doors after you; do not lock them.</li>
<li>Use the nearest stairs{% if stairs | default([]) %} ({{ stairs | join(', ') }}){% endif %}. Do not use a lift, nor wait for one.</li>
<li>If you meet smoke, turn back and take another staircase.</li>
<li>Go to <strong>{{ assembly_point | default('the assembly point shown on your floor plan') }}</strong> and report to your floor warden.</li>
<li>Stay there. Nobody goes back in before the fire service or the duty manager says so.</li>
</ol>
<p style="margin:0 0 16px;"><strong>If you cannot use stairs</strong>, go to the refuge beside the staircase, press the call button and stay by it: the control room sees where you are and sends help. If somebody near you needs help, stay with them and call{% if control_room is defined %} <strong>{{ control_room }}</strong>{% else %} the control room{% endif %}.</p>
<p style="margin:0;">If you are not in the building, stay away until you hear from us.</p>
{{ xnovu_render('footer', {'building': notification.building, 'reason': 'You got this because you are registered as an occupant of the building.', 'contact': control_room | default(none)}) }}$html$
),
(
  '00000000-0000-0000-0000-000000000000', 'fire-alarm', 'IN_APP',
  'Fire alarm, in-app', 'The instruction in three sentences.',
  '{"floor": "where", "assembly_point": "where to meet"}',
  $text$Fire alarm: leave the building now$text$,
  $html${{ xnovu_render('header', {'is_drill': notification.is_drill}) }}<p>Fire alarm{% if floor is defined %} on floor <strong>{{ floor }}</strong>{% endif %}. Leave by the nearest stairs. Do not use the lifts.</p><p>Go to <strong>{{ assembly_point | default('the assembly point on your floor plan') }}</strong>, report to your floor warden and wait there. If you cannot use stairs, go to the refuge and press the call button.</p>$html$
),
(
  '00000000-0000-0000-0000-000000000000', 'fire-alarm', 'SMS',
  'Fire alarm, text message', 'One message of 160 characters with a building and a meeting point of up to 25 characters each.',
  '{"floor": "where", "assembly_point": "where to meet"}',
  null,
  $text${{ xnovu_render('header', {'building': notification.building, 'is_drill': notification.is_drill}) }}FIRE ALARM{% if floor is defined %}, floor {{ floor }}{% endif %}. Leave now by the stairs, not the lifts. Meet at {{ assembly_point | default('the assembly point') }}. Wait there.$text$
),
(
  '00000000-0000-0000-0000-000000000000', 'fire-alarm', 'PUSH',
  'Fire alarm, push', 'Fits on a locked screen.',
  '{"floor": "where", "assembly_point": "where to meet"}',
  $text${% if notification.is_drill %}DRILL: {% endif %}Fire alarm{% if floor is defined %}, floor {{ floor }}{% endif %}$text$,
  $text$Leave now by the stairs. Meet at {{ assembly_point | default('the assembly point') }}.$text$
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
