"""Polls are counted; a roll-up that fails is told of; one function a kind of errand extends its lease."""

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


def upgrade() -> None:
    op.execute(MEASURES)
    op.execute(TICK)
    for name in ("syncs", "cancellations", "bridges", "probes", "polls"):
        op.execute(f"drop function if exists engine.extend_{name}(text, jsonb, interval)")
