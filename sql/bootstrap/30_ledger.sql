-- What xnovu migrate has applied: a checksum a file, and facts such as the version of pgmq.
create table if not exists notify.migration_file (
  path text primary key,
  sha256 text not null,
  applied_at timestamptz not null default now(),
  applied_by text not null default session_user
);
alter table notify.migration_file owner to notify_owner;
revoke all on notify.migration_file from public;
comment on table notify.migration_file is 'The files under sql/ that were applied, each with the checksum of what was applied. Written by xnovu migrate only.';
comment on column notify.migration_file.path is 'Path of the file below sql/.';
comment on column notify.migration_file.sha256 is 'SHA-256 of the text that was applied, in hexadecimal.';
comment on column notify.migration_file.applied_at is 'When it was applied last.';
comment on column notify.migration_file.applied_by is 'The login that applied it.';

create table if not exists notify.migration_fact (
  name text primary key,
  value text not null,
  recorded_at timestamptz not null default now()
);
alter table notify.migration_fact owner to notify_owner;
revoke all on notify.migration_fact from public;
comment on table notify.migration_fact is 'What xnovu migrate found or installed, such as the version of pgmq and how it came.';
comment on column notify.migration_fact.name is 'Name of the fact, such as pgmq_version.';
comment on column notify.migration_fact.value is 'Its value.';
comment on column notify.migration_fact.recorded_at is 'When it was recorded.';
