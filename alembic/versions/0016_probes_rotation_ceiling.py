"""Novu is asked whether it answers; the bridge's key can be rotated; emergencies have a ceiling at the HTTP face."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# Whether Novu answers, asked once a minute of each target, whatever else is sent there.
PROBES = """
create table notify.notification_probe (
  target text primary key,
  created_at timestamptz not null default notify.now(),
  due_at timestamptz not null,
  attempt integer not null default 0,
  claimed_by text,
  asked_at timestamptz,
  reported_at timestamptz,
  answered_at timestamptz,
  failure_count integer not null default 0,
  http_status integer,
  error_kind text
) with (fillfactor = 50);
alter table notify.notification_probe owner to notify_owner;
"""

# One key signs; those before it are accepted for a while.
KEYS = """
alter table notify.notification_bridge_key
  drop column is_only,
  add column id integer generated always as identity primary key,
  add column made_at timestamptz not null default notify.now(),
  add column accepted_until timestamptz;
create unique index "one key signs" on notify.notification_bridge_key ((true)) where accepted_until is null;
"""

CEILING = """
alter table notify.notification_api_limit
  add column emergencies_per_second real not null default 100,
  add column emergency_burst integer not null default 10000,
  add constraint "from an emergency in 1,000 seconds to 100,000 in one" check (
    emergencies_per_second between 0.001 and 100000
  ),
  add constraint "the burst is from 1 to 1,000,000 emergencies" check (emergency_burst between 1 and 1000000),
  alter column emergencies_per_second set statistics 0,
  alter column emergency_burst set statistics 0;
alter table notify.notification_api_key_state
  add column emergency_tokens double precision,
  add column emergency_refilled_at timestamptz,
  alter column emergency_tokens set statistics 0,
  alter column emergency_refilled_at set statistics 0;
"""


def upgrade() -> None:
    for statements in (PROBES, KEYS, CEILING):
        op.execute(statements)


def downgrade() -> None:
    raise RuntimeError("XNovu migrates forward only: restore a backup to go back.")
