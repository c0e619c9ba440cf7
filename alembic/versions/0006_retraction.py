"""What was handed over is cancelled at Novu, and who was reached gets a correction.

Policies, triggers, comments and grants are living objects and stand under sql/.
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what retractions need."""
    op.execute("select 1")


def downgrade() -> None:
    """Take it out again."""
    op.execute("select 1")
