-- Meridian Exchange, London: the shared fire alarm by e-mail and text message only, lift works, a visitor, a low-priority energy
-- alert, and a visit of tomorrow that is taken back.
-- Sent by `xnovu sample send` as sample_platform, in one transaction, with the run's id in the setting sample.run.

select notify.set_enterprise('cccccccc-0000-4000-8000-000000000003');

insert into notify.ent_notification
(name, workflow_key, priority, building, time_zone, scheduled_for, channels, recipients, payload, tags)
values
(
  'Alarm in the car park', 'fire-alarm', null, 'Meridian Exchange', 'Europe/London', null, array['EMAIL', 'SMS'],
  (select array_agg(md5('meridian occupant ' || n)::uuid) from generate_series(1, 65) as n),
  '{"floor": "B2", "zone": "car park", "assembly_point": "St Mary Axe corner", "stairs": ["1", "4"], "control_room": "020 5550 0199"}',
  array['sample-run:' || current_setting('sample.run')]
),
(
  'Goods lift, new doors', 'lift-maintenance', null, 'Meridian Exchange', 'Europe/London', null, null,
  (select array_agg(md5('meridian occupant ' || n)::uuid) from generate_series(1, 20) as n),
  jsonb_build_object(
    'starts_at', to_char(date_trunc('week', now()) + interval '11 days', 'FMDay FMDD FMMonth YYYY') || ', 19:00',
    'ends_at', to_char(date_trunc('week', now()) + interval '14 days', 'FMDay FMDD FMMonth YYYY') || ', 05:30',
    'work', 'the replacement of its doors',
    'lifts', '[{"name": "Goods lift", "serves": "B2 to 14", "instead": "passenger lift 6, by appointment"}]'::jsonb,
    'contact', 'loading bay, 020 5550 0142'
  ),
  array['sample-run:' || current_setting('sample.run')]
),
(
  'J. Okafor for Mr Whitlock', 'visitor-arrival', null, 'Meridian Exchange', 'Europe/London', null, null,
  array[md5('meridian host 1')::uuid],
  '{"host": "Mr Whitlock", "visitor": "Joy Okafor", "company": "Severn & Hale", "desk": "the Leadenhall desk", "arrived_at": "14:05"}',
  array['sample-run:' || current_setting('sample.run')]
),
(
  'Lighting, trading floor', 'energy-alert', 'LOW', 'Meridian Exchange', 'Europe/London', null, null,
  (select array_agg(md5('meridian engineer ' || n)::uuid) from generate_series(1, 4) as n),
  jsonb_build_object(
    'zone', 'Trading floor',
    'period', to_char(now() - interval '1 day', 'FMDay FMDD FMMonth YYYY'),
    'used_kwh', 912,
    'expected_kwh', 744.5,
    'systems', '[
      {"name": "Lighting", "used_kwh": 388.4, "expected_kwh": 241},
      {"name": "Comfort cooling", "used_kwh": 523.6, "expected_kwh": 503.5}
    ]'::jsonb,
    'advice', 'The lights of rows A to F stayed on all night. Please check the presence sensor at the west door.'
  ),
  array['sample-run:' || current_setting('sample.run')]
),
(
  'A visit that was called off', 'visitor-arrival', null, 'Meridian Exchange', 'Europe/London', now() + interval '1 day', null,
  array[md5('meridian host 2')::uuid],
  '{"host": "Ms Adeyemi", "visitor": "Paul Meyer", "desk": "the Leadenhall desk"}',
  array['sample-run:' || current_setting('sample.run'), 'expect:RETRACTED']
);

select notify.retract(n.id, 'The visit was called off')
from notify.ent_notification as n
where
  n.enterprise_id = 'cccccccc-0000-4000-8000-000000000003'
  and n.name = 'A visit that was called off'
  and n.tags @> array['sample-run:' || current_setting('sample.run')];
