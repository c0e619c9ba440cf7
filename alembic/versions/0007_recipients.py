"""Recipients may have values and attributes of their own.

Policies, triggers, comments and grants are living objects and stand under sql/.
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what recipients' own values need."""
    op.execute("select 1")


def downgrade() -> None:
    """Take it out again."""
    op.execute("select 1")
