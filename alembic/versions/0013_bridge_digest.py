"""What a target in bridge mode discovered is remembered as a digest: publishing writes no row that others share."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# engine.discover_again wrote a row of everybody's in a publisher's transaction: engine.discover_changes replaces it.
DIGESTS = """
drop function if exists engine.discover_again(uuid);
alter table notify.notification_bridge
  drop column changed_at,
  add column asked_for text,
  add column discovered text;
alter table notify.notification_bridge
  alter column asked_for set statistics 0,
  alter column discovered set statistics 0;
"""


def upgrade() -> None:
    op.execute(DIGESTS)


def downgrade() -> None:
    raise RuntimeError("XNovu migrates forward only: restore a backup to go back.")
