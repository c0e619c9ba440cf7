-- What the template engine is told of an enterprise's settings; of one without a row, the defaults.
create or replace function notify.describe_settings(p_setting notify.notification_setting) returns json
language sql
stable
parallel safe
return json_build_object(
  'locale', coalesce((p_setting).locale, ''),
  'time_zone', coalesce((p_setting).time_zone, 'UTC'),
  'sms_segment_limit', coalesce((p_setting).sms_segment_limit, 3)
);

alter function notify.describe_settings(notify.notification_setting) owner to notify_owner;
grant execute on function notify.describe_settings(notify.notification_setting) to notify_owner, notify_engine;
comment on function notify.describe_settings(notify.notification_setting) is 'An enterprise''s settings as the template engine gets them.';
