"""Polls are counted; a roll-up that fails is told of; what failed and what was due lately is found by an index.

One function a kind of errand extends its lease; a notification is explained by other functions."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

MEASURES = """
alter table notify.notification_measure
  add column answered_poll_count bigint not null default 0,
  add column retried_poll_count bigint not null default 0,
  add column dropped_poll_count bigint not null default 0
"""
TICK = "alter table notify.notification_tick add column count_failure text"

FAILED = """
alter table notify.notification_failed
  add column failed_at timestamptz not null default notify.now(),
  alter column failed_at set statistics 0;
update notify.notification_failed as f
set failed_at = n.processed_at
from notify.ent_notification as n
where f.enterprise_id = n.enterprise_id and f.notification_id = n.id and n.processed_at is not null;
create index notification_failed_newest on notify.notification_failed (enterprise_id, failed_at);
"""
# Of few only: most are not scheduled.
SCHEDULED = """
create index ent_notification_scheduled on notify.ent_notification (enterprise_id, scheduled_for)
where scheduled_for is not null
"""
GONE = """
drop view if exists notify.notification_channel_status;
drop function if exists engine.explain_recipients(notify.ent_notification, uuid, boolean);
drop function if exists engine.explain_outcome(
  notify.notification_delivery, notify.ent_notification, boolean, notify.notification_receipt, text, text
)
"""


def upgrade() -> None:
    op.execute(MEASURES)
    for statements in (TICK, FAILED, SCHEDULED, GONE):
        op.execute(statements)
    for name in ("syncs", "cancellations", "bridges", "probes", "polls"):
        op.execute(f"drop function if exists engine.extend_{name}(text, jsonb, interval)")
