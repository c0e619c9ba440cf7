-- The same for a notification that is not there and for another enterprise's.
create or replace function http_v1.refuse_notification() returns http_v1.answer
language sql
immutable
return http_v1.refuse(404, 'notification_unknown', 'There is no such notification in this enterprise.');

alter function http_v1.refuse_notification() owner to notify_owner;
comment on function http_v1.refuse_notification() is 'The refusal of a notification that is not there, or not the caller''s.';
