-- The default partitions are closed to everybody, like every other: rows are read through the parent, under its policies.
alter table notify_partition.notification_content_default enable row level security;
alter table notify_partition.notification_content_default force row level security;
alter table notify_partition.notification_history_default enable row level security;
alter table notify_partition.notification_history_default force row level security;
comment on table notify_partition.notification_content_default is 'Contents of days without a partition of their own.';
comment on table notify_partition.notification_history_default is 'History of days without a partition of their own.';
