-- energy-alert, shared: a zone used more than expected; the e-mail shows which system, in a table.

set local session authorization sample_admin;
select set_config('app.current_enterprise_id', '', true);

insert into notify.ent_notification_workflow as w
(enterprise_id, workflow_key, workflow_type, name, description, default_channels, priority, category, payload_schema)
values
(
  '00000000-0000-0000-0000-000000000000', 'energy-alert', 'STATIC',
  'Energy alert', 'A zone used more energy than expected, with the figures of each system.',
  array['EMAIL', 'IN_APP', 'CHAT'], 'NORMAL', 'ENERGY',
  '{
    "type": "object",
    "required": ["zone", "period", "used_kwh", "expected_kwh", "systems"],
    "properties": {
      "zone": {"type": "string"},
      "period": {"type": "string"},
      "used_kwh": {"type": "number", "minimum": 0},
      "expected_kwh": {"type": "number", "exclusiveMinimum": 0},
      "systems": {
        "type": "array",
        "minItems": 1,
        "items": {
          "type": "object",
          "required": ["name", "used_kwh", "expected_kwh"],
          "properties": {
            "name": {"type": "string"},
            "used_kwh": {"type": "number", "minimum": 0},
            "expected_kwh": {"type": "number", "minimum": 0}
          }
        }
      },
      "advice": {"type": "string"}
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
  '00000000-0000-0000-0000-000000000000', 'energy-alert', 'EMAIL',
  'Energy alert, e-mail', 'The excess in per cent, a row for each system, the largest user first.',
  '{"zone": "which part of the building", "period": "e.g. Monday 2 June 2025", "used_kwh": "number", "expected_kwh": "number", "systems": "list of {name, used_kwh, expected_kwh}", "advice": "what to look at first"}',
  $text${{ zone }}: {{ ((used_kwh / expected_kwh - 1) * 100) | round | int }}% more energy than expected$text$,
  $html${{ xnovu_render('header', {'title': 'Energy use above what was expected', 'building': notification.building, 'is_drill': notification.is_drill, 'colour': '#4a3f8f'}) }}
<p style="margin:0 0 16px;"><strong>{{ zone }}</strong> used <strong>{{ used_kwh | round(1) }} kWh</strong> on {{ period }}; {{ expected_kwh | round(1) }} kWh were expected for the weather and the occupancy, which is {{ ((used_kwh / expected_kwh - 1) * 100) | round | int }}% more.</p>
<table width="100%" cellpadding="0" cellspacing="0" border="0" style="margin:0 0 16px;border-collapse:collapse;font-size:15px;line-height:22px;">
<tr style="background:#eeecf7;"><th align="left" style="padding:8px;">System</th><th align="right" style="padding:8px;">Used, kWh</th><th align="right" style="padding:8px;">Expected, kWh</th><th align="right" style="padding:8px;">Difference</th></tr>
{%- for system in systems | sort(attribute='used_kwh', reverse=true) %}
<tr><td style="padding:8px;border-bottom:1px solid #d9dde3;">{{ system.name }}</td><td align="right" style="padding:8px;border-bottom:1px solid #d9dde3;">{{ system.used_kwh | round(1) }}</td><td align="right" style="padding:8px;border-bottom:1px solid #d9dde3;">{{ system.expected_kwh | round(1) }}</td><td align="right" style="padding:8px;border-bottom:1px solid #d9dde3;{% if system.used_kwh > system.expected_kwh * 1.2 %}color:#a4161a;font-weight:bold;{% endif %}">{{ '%+.1f' | format(system.used_kwh - system.expected_kwh) }}</td></tr>
{%- endfor %}
</table>
<p style="margin:0 0 16px;">{{ advice | default('Please look at the schedules first: most alerts of this kind come from equipment that kept running outside occupied hours.') }}</p>
<p style="margin:0;">Mark the alert as seen in the building app once somebody has taken it on. You will get no second message for the same day.</p>
{{ xnovu_render('footer', {'building': notification.building, 'reason': 'You got this because you look after the energy use of this zone.', 'contact': none}) }}$html$
),
(
  '00000000-0000-0000-0000-000000000000', 'energy-alert', 'IN_APP',
  'Energy alert, in-app', 'Zone and figures.',
  '{"zone": "which part of the building", "period": "the day", "used_kwh": "number", "expected_kwh": "number"}',
  $text$Energy use above what was expected$text$,
  $html$<p><strong>{{ zone }}</strong>: {{ used_kwh | round(1) }} kWh on {{ period }}, expected {{ expected_kwh | round(1) }} kWh.</p>$html$
),
(
  '00000000-0000-0000-0000-000000000000', 'energy-alert', 'CHAT',
  'Energy alert, chat', 'For the channel of the technical team.',
  '{"zone": "which part of the building", "period": "the day", "used_kwh": "number", "expected_kwh": "number", "systems": "list of {name, used_kwh, expected_kwh}"}',
  null,
  $text${% if notification.building %}{{ notification.building }}, {% endif %}{{ zone }}: {{ used_kwh | round(1) }} kWh on {{ period }}, expected {{ expected_kwh | round(1) }}.
{%- for system in systems %}
- {{ system.name }}: {{ system.used_kwh | round(1) }} kWh (expected {{ system.expected_kwh | round(1) }})
{%- endfor %}$text$
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
