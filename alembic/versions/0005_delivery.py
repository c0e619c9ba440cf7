"""Delivery: pauses, retry policies, limits and breakers of targets, retention.

Policies, triggers, comments and grants are living objects and stand under sql/.
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SHARED = "00000000-0000-0000-0000-000000000000"
LANES = "'critical', 'normal', 'bulk'"

PAUSE = f"""
create table notify.notification_pause (
  enterprise_id uuid not null,
  kind text not null,
  name text not null default '',
  reason text not null,
  paused_at timestamptz not null default notify.now(),
  paused_by text not null default session_user,
  primary key (enterprise_id, kind, name),
  constraint "it is an enterprise, workflow, lane or target"
    check (kind in ('ENTERPRISE', 'WORKFLOW', 'LANE', 'TARGET')),
  constraint "an enterprise is paused by its id, all else by a name" check ((kind = 'ENTERPRISE') = (name = '')),
  constraint "the reserved enterprise is not paused" check (kind <> 'ENTERPRISE' or enterprise_id <> '{SHARED}'),
  constraint "lanes and targets are everybody's" check (kind not in ('LANE', 'TARGET') or enterprise_id = '{SHARED}'),
  constraint "the lane is a known one" check (kind <> 'LANE' or name in ({LANES})),
  constraint "it has a reason" check (reason <> '')
);
"""

# The rows of the reserved enterprise are everybody's who has none of its own.
RETRY = f"""
create table notify.notification_retry_policy (
  enterprise_id uuid not null,
  lane text not null,
  failure_limit integer not null,
  first_delay interval not null,
  longest_delay interval not null,
  jitter real not null default 0.5,
  primary key (enterprise_id, lane),
  constraint "the lane is a known one" check (lane in ({LANES})),
  constraint "it fails from 1 to 1,000 times" check (failure_limit between 1 and 1000),
  constraint "the first delay is from 0.1 seconds to a day"
    check (first_delay between interval '0.1 seconds' and interval '1 day'),
  constraint "the longest delay is from the first one to a day"
    check (longest_delay between first_delay and interval '1 day'),
  constraint "the jitter is from 0 to 1" check (jitter between 0 and 1)
);
insert into notify.notification_retry_policy (enterprise_id, lane, failure_limit, first_delay, longest_delay) values
  ('{SHARED}', 'critical', 40, '1 second', '30 seconds'),
  ('{SHARED}', 'normal', 12, '1 second', '5 minutes'),
  ('{SHARED}', 'bulk', 12, '1 second', '5 minutes');
"""

# The state is apart from the limit: one is the admin's and audited, the other changes with every call.
TARGET = """
create table notify.notification_target_limit (
  target text primary key,
  tokens_per_second integer not null,
  burst integer not null,
  bulk_cost integer not null default 100,
  critical_share real not null default 0.2,
  note text,
  constraint "tokens come at 1 to 100,000 a second" check (tokens_per_second between 1 and 100000),
  constraint "a bulk costs from 1 to 10,000 tokens" check (bulk_cost between 1 and 10000),
  constraint "the burst is from 1 to 1,000,000 tokens" check (burst between 1 and 1000000),
  constraint "the critical lane's share is from 0 to 0.9" check (critical_share between 0 and 0.9)
);
create table notify.notification_target_state (
  target text primary key,
  failure_count integer not null default 0,
  open_until timestamptz,
  last_verdict text,
  last_error text,
  failed_at timestamptz,
  tokens double precision,
  refilled_at timestamptz
) with (fillfactor = 50);
"""

# Until now any workflow could use the critical lane: those that say so go on.
CRITICAL = """
create table notify.notification_critical_workflow (
  enterprise_id uuid not null,
  workflow_id uuid not null,
  note text,
  granted_at timestamptz not null default notify.now(),
  granted_by text not null default session_user,
  primary key (enterprise_id, workflow_id),
  foreign key (enterprise_id, workflow_id)
    references notify.ent_notification_workflow (enterprise_id, id) on delete cascade
);
insert into notify.notification_critical_workflow (enterprise_id, workflow_id, note)
select w.enterprise_id, w.id, 'it used the lane before there was this list'
from notify.ent_notification_workflow as w
inner join notify.typ_notification_priority as p on w.priority = p.priority
where p.lane = 'critical';
"""

RETENTION = f"""
create table notify.notification_retention (
  enterprise_id uuid primary key,
  content_days integer not null,
  history_days integer not null,
  notification_days integer not null,
  constraint "content is kept from 1 day to 10 years" check (content_days between 1 and 3650),
  constraint "history is kept from 1 day to 10 years" check (history_days between 1 and 3650),
  constraint "notifications are kept from 1 day to 10 years" check (notification_days between 1 and 3650)
);
insert into notify.notification_retention (enterprise_id, content_days, history_days, notification_days)
values ('{SHARED}', 30, 365, 365);
alter table notify.notification_tick add column pruned_at timestamptz not null default '-infinity';
"""

# As for every table of tenants: see revision 0002.
NO_STATISTICS = """
do $$
declare
  v_column record;
begin
  for v_column in
    select c.oid::regclass as relation, a.attname
    from pg_class as c
    inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where
      c.oid in (
        'notify.notification_pause'::regclass, 'notify.notification_retry_policy'::regclass,
        'notify.notification_retention'::regclass, 'notify.notification_critical_workflow'::regclass
      )
      and a.attstattarget <> 0
  loop
    execute format('alter table %s alter column %I set statistics 0', v_column.relation, v_column.attname);
  end loop;
end
$$
"""

TABLES = ("pause", "retry_policy", "target_limit", "target_state", "critical_workflow", "retention")


def upgrade() -> None:
    for statements in (PAUSE, RETRY, TARGET, CRITICAL, RETENTION, NO_STATISTICS):
        op.execute(statements)
    for table in TABLES:
        op.execute(f"alter table notify.notification_{table} owner to notify_owner")


def downgrade() -> None:
    raise RuntimeError("XNovu migrates forward only: restore a backup to go back.")
