"""Views: how long rendering took; what replaces the view of counts.

Policies, triggers, comments and grants are living objects and stand under sql/.
"""

from alembic import op

revision = "0015"
down_revision = "0013"
branch_labels = None
depends_on = None

# Null at first: it takes no room in rows that are there. See revision 0002 for the statistics.
RENDERING = """
alter table notify.ent_notification add column render_seconds real;
alter table notify.ent_notification alter column render_seconds set statistics 0;
"""

# notify.notification_funnel answers what it answered.
REPLACED = """
drop view if exists notify.notification_counts;
delete from notify.migration_file where path = '80_views/notification_counts.sql';
"""


def upgrade() -> None:
    op.execute(RENDERING)
    op.execute(REPLACED)


def downgrade() -> None:
    raise RuntimeError("XNovu migrates forward only: restore a backup to go back.")
