-- What every shared message begins and ends with: included as {{ xnovu_render('header', {...}) }}, in each channel by the part made for it.
-- The values are handed over by name, so a template says at the place of the include what it shows.

set local session authorization sample_admin;
select set_config('app.current_enterprise_id', '', true);

insert into notify.ent_notification_template as t
(enterprise_id, template_key, channel_type, name, description, variables_description, body_template)
values
(
  '00000000-0000-0000-0000-000000000000', 'header', 'EMAIL',
  'Header of an e-mail', 'Opens the page: building, title, and a line that says so when it is a drill.',
  '{"title": "what happened, in a few words", "building": "the building, or none", "is_drill": "true in a drill", "colour": "of the bar, e.g. #1f4e79"}',
  $html$<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{{ title }}</title></head>
<body style="margin:0;padding:0;background:#f3f4f6;">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="background:#f3f4f6;">
<tr><td align="center" style="padding:24px 12px;">
<table role="presentation" width="600" cellpadding="0" cellspacing="0" border="0" style="width:100%;max-width:600px;background:#ffffff;font-family:Arial,Helvetica,sans-serif;font-size:16px;line-height:24px;color:#1f2933;">
<tr><td style="padding:20px 24px;background:{{ colour }};color:#ffffff;">
<div style="font-size:13px;line-height:18px;letter-spacing:1px;">{{ building | default('Building operations', true) | upper }}</div>
<div style="font-size:22px;line-height:30px;font-weight:bold;">{{ title }}</div>
</td></tr>
{% if is_drill -%}
<tr><td style="padding:10px 24px;background:#fff4ce;color:#5c4400;font-weight:bold;">This is a drill. There is no danger. Please act as you would in an emergency.</td></tr>
{% endif -%}
<tr><td style="padding:24px;">$html$
),
(
  '00000000-0000-0000-0000-000000000000', 'footer', 'EMAIL',
  'Footer of an e-mail', 'Closes the page: why the reader got it, and whom to call.',
  '{"building": "the building, or none", "reason": "why the reader got it", "contact": "whom to call, or none"}',
  $html$</td></tr>
<tr><td style="padding:16px 24px;border-top:1px solid #d9dde3;font-size:13px;line-height:20px;color:#5b6670;">
{{ reason }}{% if contact %} Questions: {{ contact }}.{% endif %}<br>
Building operations{% if building %}, {{ building }}{% endif %}. Please do not reply to this address; it is not read.
</td></tr>
</table>
</td></tr>
</table>
</body>
</html>$html$
),
(
  '00000000-0000-0000-0000-000000000000', 'header', 'IN_APP',
  'Header of an in-app message', 'A line above the text, only in a drill.',
  '{"is_drill": "true in a drill"}',
  $html${% if is_drill %}<p><strong>This is a drill. There is no danger.</strong></p>{% endif %}$html$
),
(
  '00000000-0000-0000-0000-000000000000', 'header', 'SMS',
  'Start of a text message', 'Names the building, as a text message comes from a number that nobody knows.',
  '{"building": "the building, or none", "is_drill": "true in a drill"}',
  $text${% if is_drill %}DRILL. {% endif %}{% if building %}{{ building }}: {% endif %}$text$
)
on conflict (enterprise_id, template_key, channel_type, locale) do update
  set
    name = excluded.name,
    description = excluded.description,
    variables_description = excluded.variables_description,
    body_template = excluded.body_template
  where (t.name, t.description, t.variables_description, t.body_template)
  is distinct from (excluded.name, excluded.description, excluded.variables_description, excluded.body_template);
