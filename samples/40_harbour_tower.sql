-- Harbour Tower's own fire alarm: in English and Chinese, with its own stairs. As its manager would write it.
-- Its notifications take this workflow instead of the shared one; text message and push still come from the shared templates.

set local session authorization sample_manager;
select notify.set_enterprise('aaaaaaaa-0000-4000-8000-000000000001');

insert into notify.ent_notification_workflow as w
(workflow_key, workflow_type, name, description, default_channels, priority, category, fallback_text)
values
(
  'fire-alarm', 'DYNAMIC',
  'Fire alarm, Harbour Tower', 'Leave the tower now, in English and Chinese.',
  array['EMAIL', 'IN_APP', 'SMS', 'PUSH'], 'CRITICAL', 'FIRE',
  e'FIRE ALARM. Leave Harbour Tower now by staircase A or B, not by the lifts.\n火警：請立即經 A 或 B 樓梯離開大廈，切勿使用升降機。'
)
on conflict (enterprise_id, workflow_key) do update
  set
    name = excluded.name,
    description = excluded.description,
    default_channels = excluded.default_channels,
    priority = excluded.priority,
    category = excluded.category,
    fallback_text = excluded.fallback_text
  where (w.name, w.description, w.default_channels, w.priority, w.category, w.fallback_text)
  is distinct from (
    excluded.name, excluded.description, excluded.default_channels, excluded.priority, excluded.category,
    excluded.fallback_text
  );

insert into notify.ent_notification_template as t
(template_key, channel_type, name, description, variables_description, subject_template, body_template)
values
(
  'fire-alarm', 'EMAIL',
  'Fire alarm, e-mail, two languages', 'The instruction for the tower, English first.',
  '{"floor": "where", "raised_at": "local time", "assembly_point": "where to meet", "assembly_point_zh": "the same in Chinese"}',
  $text${% if notification.is_drill %}[DRILL 演習] {% endif %}Fire alarm: leave Harbour Tower now 火警：請立即離開大廈$text$,
  $html${{ xnovu_render('header', {'title': 'Fire alarm: leave the tower now 火警', 'building': notification.building, 'is_drill': notification.is_drill, 'colour': '#a4161a'}) }}
<p style="margin:0 0 16px;">A fire alarm was raised{% if floor is defined %} on floor <strong>{{ floor }}</strong>{% endif %}{% if raised_at is defined %} at {{ raised_at }}{% endif %}.</p>
<ol style="margin:0 0 16px;padding-left:24px;">
<li>Leave now by staircase A or B. Do not use the lifts.</li>
<li>Above floor 30: go down to the refuge floor (20) and wait for the wardens there.</li>
<li>Meet at <strong>{{ assembly_point | default('the harbourfront promenade, gate 2') }}</strong>. Do not go back in until the Fire Services Department or the duty manager says so.</li>
</ol>
<div lang="zh-HK">
<p style="margin:0 0 16px;">{% if floor is defined %}<strong>{{ floor }}</strong> 樓{% else %}大廈內{% endif %}發出火警警報。</p>
<ol style="margin:0;padding-left:24px;">
<li>請立即經 A 或 B 樓梯離開，切勿使用升降機。</li>
<li>30 樓以上人士請往下走到 20 樓庇護層，等候樓層主任指示。</li>
<li>請到<strong>{{ assembly_point_zh | default('海濱長廊 2 號閘') }}</strong>集合。未經消防人員或值班經理許可，切勿返回大廈。</li>
</ol>
</div>
{{ xnovu_render('footer', {'building': notification.building, 'reason': 'You got this because you are registered as an occupant of the tower.', 'contact': 'control room, ground floor'}) }}$html$
),
(
  'fire-alarm', 'IN_APP',
  'Fire alarm, in-app, two languages', 'The instruction in a sentence of each language.',
  '{"floor": "where", "assembly_point": "where to meet", "assembly_point_zh": "the same in Chinese"}',
  $text$Fire alarm 火警$text$,
  $html${{ xnovu_render('header', {'is_drill': notification.is_drill}) }}<p>Fire alarm{% if floor is defined %} on floor <strong>{{ floor }}</strong>{% endif %}. Leave by staircase A or B, not by the lifts. Meet at <strong>{{ assembly_point | default('the harbourfront promenade, gate 2') }}</strong>.</p><p lang="zh-HK">{% if floor is defined %}<strong>{{ floor }}</strong> 樓{% endif %}火警警報。請經 A 或 B 樓梯離開，切勿使用升降機，並到<strong>{{ assembly_point_zh | default('海濱長廊 2 號閘') }}</strong>集合。</p>$html$
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

select notify.publish(w.workflow_key, 'Two languages')
from notify.ent_notification_workflow as w
where
  w.enterprise_id = 'aaaaaaaa-0000-4000-8000-000000000001'
  and w.workflow_key = 'fire-alarm'
  and (
    w.published_version is null
    or w.updated_at >= now()
    or exists (
      select
      from notify.ent_notification_template as t
      where
        t.enterprise_id in (w.enterprise_id, '00000000-0000-0000-0000-000000000000')
        and t.template_key in (w.workflow_key, 'header', 'footer')
        and t.updated_at >= now()
    )
  );
