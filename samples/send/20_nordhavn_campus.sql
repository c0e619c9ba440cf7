-- Nordhavn Campus, Copenhagen: a drill announced to 1,000 people, the drill itself, a visitor expected in five seconds, an energy
-- alert, and lift works whose payload lacks the end of the window: that one must fail, and say so.
-- Sent by `xnovu sample send` as sample_platform, in one transaction, with the run's id in the setting sample.run.

select notify.set_enterprise('bbbbbbbb-0000-4000-8000-000000000002');

insert into notify.ent_notification
(name, workflow_key, building, time_zone, is_drill, scheduled_for, channels, recipients, payload, tags)
values
(
  'Drill announced to the campus', 'fire-drill', 'Nordhavn Campus', 'Europe/Copenhagen', false, null, null,
  (select array_agg(md5('nordhavn occupant ' || n)::uuid) from generate_series(1, 1000) as n),
  jsonb_build_object(
    'day', to_char(date_trunc('week', now()) + interval '8 days', 'FMDay FMDD FMMonth YYYY'),
    'starts_at', '10:30',
    'minutes', 25,
    'assembly_point', 'the quay in front of building C',
    'coordinator', 'Freja Holm, extension 410'
  ),
  array['sample-run:' || current_setting('sample.run')]
),
(
  'The drill in building C', 'fire-alarm', 'Nordhavn Campus', 'Europe/Copenhagen', true, null, null,
  (select array_agg(md5('nordhavn occupant ' || n)::uuid) from generate_series(1, 120) as n),
  '{"floor": 2, "zone": "kitchen", "raised_at": "10:30", "assembly_point": "the quay", "stairs": ["north", "south"], "control_room": "+45 5555 0110"}',
  array['sample-run:' || current_setting('sample.run')]
),
(
  'Visitor in five seconds', 'visitor-arrival', 'Nordhavn Campus', 'Europe/Copenhagen', false, now() + interval '5 seconds', array['IN_APP', 'EMAIL'],
  array[md5('nordhavn host 1')::uuid],
  '{"host": "Mads Lund", "visitor": "Amira Haddad", "company": "Øresund Architects", "desk": "reception, building A", "badge": "V-118"}',
  array['sample-run:' || current_setting('sample.run')]
),
(
  'Ventilation, laboratory wing', 'energy-alert', 'Nordhavn Campus', 'Europe/Copenhagen', false, null, null,
  (select array_agg(md5('nordhavn engineer ' || n)::uuid) from generate_series(1, 2) as n),
  jsonb_build_object(
    'zone', 'Laboratory wing',
    'period', to_char(now() - interval '1 day', 'FMDay FMDD FMMonth YYYY'),
    'used_kwh', 1846.5,
    'expected_kwh', 1310,
    'systems', '[
      {"name": "Ventilation", "used_kwh": 1204.8, "expected_kwh": 720},
      {"name": "District heating pumps", "used_kwh": 402.2, "expected_kwh": 395},
      {"name": "Plug loads", "used_kwh": 239.5, "expected_kwh": 195}
    ]'::jsonb
  ),
  array['sample-run:' || current_setting('sample.run')]
),
(
  'Lift works without an end', 'lift-maintenance', 'Nordhavn Campus', 'Europe/Copenhagen', false, null, null,
  (select array_agg(md5('nordhavn occupant ' || n)::uuid) from generate_series(1, 8) as n),
  jsonb_build_object(
    'starts_at', to_char(date_trunc('week', now()) + interval '9 days', 'FMDay FMDD FMMonth YYYY') || ', 07:00',
    'lifts', '[{"name": "Lift B1", "serves": "0 to 5", "instead": "lift B2"}]'::jsonb
  ),
  array['sample-run:' || current_setting('sample.run'), 'expect:FAILED']
);
