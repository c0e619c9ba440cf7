-- Harbour Tower, Hong Kong: an alarm by its own workflow, a visitor, lift works and a low-priority energy alert.
-- Sent by `xnovu sample send` as sample_platform, in one transaction, with the run's id in the setting sample.run.

select notify.set_enterprise('aaaaaaaa-0000-4000-8000-000000000001');

insert into notify.ent_notification
(name, workflow_key, priority, building, time_zone, recipients, payload, tags)
values
(
  'Alarm on floor 23', 'fire-alarm', null, 'Harbour Tower', 'Asia/Hong_Kong',
  (select array_agg(md5('harbour tower occupant ' || n)::uuid) from generate_series(1, 40) as n),
  jsonb_build_object(
    'floor', 23,
    'raised_at', to_char(now() at time zone 'Asia/Hong_Kong', 'HH24:MI'),
    'assembly_point', 'Promenade, gate 2',
    'assembly_point_zh', '海濱長廊 2 號閘'
  ),
  array['sample-run:' || current_setting('sample.run')]
),
(
  'Lifts 3 and 4', 'lift-maintenance', null, 'Harbour Tower', 'Asia/Hong_Kong',
  (select array_agg(md5('harbour tower occupant ' || n)::uuid) from generate_series(1, 12) as n),
  jsonb_build_object(
    'starts_at', to_char(date_trunc('week', now()) + interval '10 days', 'FMDay FMDD FMMonth YYYY') || ', 22:00',
    'ends_at', to_char(date_trunc('week', now()) + interval '11 days', 'FMDay FMDD FMMonth YYYY') || ', 06:00',
    'work', 'the yearly change of ropes and the safety test',
    'lifts', '[
      {"name": "Lift 3", "serves": "G to 20", "instead": "lifts 1 and 2"},
      {"name": "Lift 4", "serves": "20 to 48", "instead": "lifts 5 and 6, from floor 20"}
    ]'::jsonb,
    'step_free', 'Lifts 1, 2, 5 and 6 reach every floor. Change at floor 20; the passage is level.',
    'contact', 'building services desk, extension 2100'
  ),
  array['sample-run:' || current_setting('sample.run')]
),
(
  'Chillers, floors 31 to 35', 'energy-alert', 'LOW', 'Harbour Tower', 'Asia/Hong_Kong',
  (select array_agg(md5('harbour tower engineer ' || n)::uuid) from generate_series(1, 3) as n),
  jsonb_build_object(
    'zone', 'Floors 31 to 35',
    'period', to_char(now() - interval '1 day', 'FMDay FMDD FMMonth YYYY'),
    'used_kwh', 4812.4,
    'expected_kwh', 3950,
    'systems', '[
      {"name": "Chilled water", "used_kwh": 2914.2, "expected_kwh": 2100},
      {"name": "Air handling", "used_kwh": 1071.9, "expected_kwh": 1030},
      {"name": "Lighting", "used_kwh": 826.3, "expected_kwh": 820}
    ]'::jsonb,
    'advice', 'Chiller 2 ran until 02:40, though the last tenant left at 21:15. Please check its schedule and the override on floor 33.'
  ),
  array['sample-run:' || current_setting('sample.run')]
);

-- The same call twice, as after a time-out: the key makes it one notification.
select
  notify.send(
    'visitor-arrival',
    array[md5('harbour tower host 1')::uuid],
    '{"host": "Ms Lau", "visitor": "Tom Becker", "company": "Aldgate Partners", "desk": "the North Lobby desk", "arrived_at": "09:55"}',
    p_idempotency_key => 'visit-20417-' || current_setting('sample.run'),
    p_name => 'Tom Becker for Ms Lau',
    p_building => 'Harbour Tower',
    p_time_zone => 'Asia/Hong_Kong',
    p_tags => array['sample-run:' || current_setting('sample.run')]
  )
from generate_series(1, 2);
