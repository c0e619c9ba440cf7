-- Reference data: read by all, changed by the admin.
grant select on notify.typ_notification_priority to
notify_engine, notify_platform, notify_manager, notify_analyst;
grant select, insert, update, delete on notify.typ_notification_priority to notify_admin;

comment on table notify.typ_notification_priority is 'The priorities and the lane that each travels in. Reference data, the same for every enterprise.';
comment on column notify.typ_notification_priority.priority is 'The priority: CRITICAL, HIGH, NORMAL or LOW.';
comment on column notify.typ_notification_priority.lane is 'The lane: critical, normal or bulk.';
comment on column notify.typ_notification_priority.rank is '1 is the most urgent.';
comment on column notify.typ_notification_priority.description is 'When to use it.';
