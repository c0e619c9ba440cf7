-- lift-maintenance, shared: lifts out of service, from when to when, and which way to take meanwhile.
-- It has no payload schema on purpose: what a template needs and a payload lacks is then found when it is rendered, and named.

set local session authorization sample_admin;
select set_config('app.current_enterprise_id', '', true);

insert into notify.ent_notification_workflow as w
(enterprise_id, workflow_key, workflow_type, name, description, default_channels, priority, category, payload_schema)
values
(
  '00000000-0000-0000-0000-000000000000', 'lift-maintenance', 'STATIC',
  'Lift maintenance', 'Lifts that will be out of service, with the window and the way around.',
  array['EMAIL', 'IN_APP'], 'NORMAL', 'MAINTENANCE', null
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
  '00000000-0000-0000-0000-000000000000', 'lift-maintenance', 'EMAIL',
  'Lift maintenance, e-mail', 'The window, a table of the lifts, and what to do meanwhile.',
  '{"starts_at": "day and local time", "ends_at": "day and local time", "lifts": "list of {name, serves, instead}", "work": "what is done", "step_free": "how to get about without stairs, or none", "contact": "whom to call"}',
  $text${{ lifts | map(attribute='name') | join(', ') }} out of service from {{ starts_at }}$text$,
  $html${{ xnovu_render('header', {'title': 'Lift maintenance', 'building': notification.building, 'is_drill': notification.is_drill, 'colour': '#1f4e79'}) }}
<p style="margin:0 0 16px;">{{ lifts | length }} lift{{ '' if lifts | length == 1 else 's' }} will be out of service for {{ work | default('planned maintenance') }}:</p>
<table cellpadding="0" cellspacing="0" border="0" style="margin:0 0 16px;font-size:16px;line-height:24px;">
<tr><td style="padding:2px 16px 2px 0;color:#5b6670;">From</td><td style="padding:2px 0;"><strong>{{ starts_at }}</strong></td></tr>
<tr><td style="padding:2px 16px 2px 0;color:#5b6670;">To</td><td style="padding:2px 0;"><strong>{{ ends_at }}</strong></td></tr>
</table>
<table width="100%" cellpadding="0" cellspacing="0" border="0" style="margin:0 0 16px;border-collapse:collapse;font-size:15px;line-height:22px;">
<tr style="background:#eef2f6;"><th align="left" style="padding:8px;">Lift</th><th align="left" style="padding:8px;">Serves</th><th align="left" style="padding:8px;">Use instead</th></tr>
{%- for lift in lifts %}
<tr><td style="padding:8px;border-bottom:1px solid #d9dde3;">{{ lift.name }}</td><td style="padding:8px;border-bottom:1px solid #d9dde3;">{{ lift.serves }}</td><td style="padding:8px;border-bottom:1px solid #d9dde3;">{{ lift.instead | default('the stairs') }}</td></tr>
{%- endfor %}
</table>
<p style="margin:0 0 16px;">The other lifts run as usual, and will be busier between 08:30 and 09:30. Deliveries that need a lift on these days: please book a slot with us beforehand.</p>
<p style="margin:0;">{% if step_free is defined %}<strong>Step-free way:</strong> {{ step_free }}{% else %}If you need a step-free way during this time, call us and we will arrange it.{% endif %}</p>
{{ xnovu_render('footer', {'building': notification.building, 'reason': 'You got this because you work on a floor that these lifts serve.', 'contact': contact | default(none)}) }}$html$
),
(
  '00000000-0000-0000-0000-000000000000', 'lift-maintenance', 'IN_APP',
  'Lift maintenance, in-app', 'Lifts and window.',
  '{"starts_at": "day and local time", "ends_at": "day and local time", "lifts": "list of {name, serves, instead}"}',
  $text$Lift maintenance$text$,
  $html$<p>{% for lift in lifts %}<strong>{{ lift.name }}</strong> ({{ lift.serves }}){% if not loop.last %}, {% endif %}{% endfor %} out of service from {{ starts_at }} to {{ ends_at }}.</p>$html$
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
