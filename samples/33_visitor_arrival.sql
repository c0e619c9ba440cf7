-- visitor-arrival, shared: tells a host that the visitor stands at reception.

set local session authorization sample_admin;
select set_config('app.current_enterprise_id', '', true);

insert into notify.ent_notification_workflow as w
(enterprise_id, workflow_key, workflow_type, name, description, default_channels, priority, category, payload_schema)
values
(
  '00000000-0000-0000-0000-000000000000', 'visitor-arrival', 'STATIC',
  'Visitor arrival', 'Tells a host who has arrived, and at which reception desk.',
  array['IN_APP', 'SMS', 'PUSH'], 'HIGH', 'VISITOR',
  '{
    "type": "object",
    "required": ["host", "visitor", "desk"],
    "properties": {
      "host": {"type": "string", "minLength": 1},
      "visitor": {"type": "string", "minLength": 1},
      "company": {"type": "string"},
      "desk": {"type": "string"},
      "arrived_at": {"type": "string"},
      "badge": {"type": "string"}
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
  '00000000-0000-0000-0000-000000000000', 'visitor-arrival', 'EMAIL',
  'Visitor arrival, e-mail', 'Not among the default channels; sent where the notification asks for it.',
  '{"host": "the reader''s name", "visitor": "who came", "company": "from where", "desk": "reception desk", "arrived_at": "local time", "badge": "number of the badge"}',
  $text${{ visitor }} is at {{ desk }}$text$,
  $html${{ xnovu_render('header', {'title': 'Your visitor has arrived', 'building': notification.building, 'is_drill': notification.is_drill, 'colour': '#1b5e4b'}) }}
<p style="margin:0 0 16px;">Dear {{ host }},</p>
<p style="margin:0 0 16px;"><strong>{{ visitor }}</strong>{% if company is defined %} of {{ company }}{% endif %} is waiting for you at <strong>{{ desk }}</strong>{% if arrived_at is defined %}, since {{ arrived_at }}{% endif %}.</p>
<p style="margin:0;">Visitors are accompanied in the building: please meet them at the desk, or call reception to name somebody who will.{% if badge is defined %} Badge {{ badge }} opens the gates and the floor of the meeting until 18:00.{% endif %}</p>
{{ xnovu_render('footer', {'building': notification.building, 'reason': 'You got this because you were named as the host.', 'contact': none}) }}$html$
),
(
  '00000000-0000-0000-0000-000000000000', 'visitor-arrival', 'IN_APP',
  'Visitor arrival, in-app', 'Who and where.',
  '{"host": "the reader''s name", "visitor": "who came", "company": "from where", "desk": "reception desk"}',
  $text$Your visitor has arrived$text$,
  $html$<p>{{ host }}, <strong>{{ visitor }}</strong>{% if company is defined %} of {{ company }}{% endif %} is waiting for you at <strong>{{ desk }}</strong>.</p>$html$
),
(
  '00000000-0000-0000-0000-000000000000', 'visitor-arrival', 'SMS',
  'Visitor arrival, text message', 'Who and where.',
  '{"visitor": "who came", "desk": "reception desk"}',
  null,
  $text${{ xnovu_render('header', {'building': notification.building, 'is_drill': notification.is_drill}) }}{{ visitor }} is waiting for you at {{ desk }}.$text$
),
(
  '00000000-0000-0000-0000-000000000000', 'visitor-arrival', 'PUSH',
  'Visitor arrival, push', 'Who and where.',
  '{"visitor": "who came", "desk": "reception desk"}',
  $text$Your visitor has arrived$text$,
  $text${{ visitor }} is at {{ desk }}.$text$
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
