"""What a target in bridge mode discovered is remembered as a digest; an API key is admitted by the whole request."""

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

# Its arguments have other names, which `create or replace` refuses.
ADMIT = "drop function if exists http_v1.admit(text, text, text, integer, text, text)"


def upgrade() -> None:
    op.execute(DIGESTS)
    op.execute(ADMIT)


def downgrade() -> None:
    raise RuntimeError("XNovu migrates forward only: restore a backup to go back.")
