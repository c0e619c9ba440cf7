-- Reference data: read by all. The admin may move a priority to another lane; which priorities there are is the release's.
grant select on notify.typ_notification_priority to
notify_engine, notify_platform, notify_manager, notify_analyst;
grant select, update (lane, rank, description) on notify.typ_notification_priority to notify_admin;

comment on table notify.typ_notification_priority is 'The priorities and the lane that each travels in. Reference data, the same for every enterprise.';
comment on column notify.typ_notification_priority.priority is 'The priority: CRITICAL, HIGH, NORMAL or LOW.';
comment on column notify.typ_notification_priority.lane is 'The lane: critical, normal or bulk.';
comment on column notify.typ_notification_priority.rank is '1 is the most urgent.';
comment on column notify.typ_notification_priority.description is 'When to use it.';
