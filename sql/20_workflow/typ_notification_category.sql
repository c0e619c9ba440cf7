-- Reference data: read by all, changed by the admin.
grant select on notify.typ_notification_category to
notify_engine, notify_platform, notify_manager, notify_analyst;
grant select, insert, update, delete on notify.typ_notification_category to notify_admin;

comment on table notify.typ_notification_category is 'What a workflow is about. Reference data, the same for every enterprise.';
comment on column notify.typ_notification_category.category is 'The category, such as FIRE.';
comment on column notify.typ_notification_category.description is 'What belongs to it.';
