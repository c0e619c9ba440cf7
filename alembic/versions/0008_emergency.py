"""Nothing that a template or payload lacks keeps an emergency from going out.

Policies, triggers, comments and grants are living objects and stand under sql/.
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what the fallback of an emergency needs."""
    op.execute("select 1")


def downgrade() -> None:
    """Take it out again."""
    op.execute("select 1")
