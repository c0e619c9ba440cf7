"""Recipients may have values and attributes of their own.

Policies, triggers, comments and grants are living objects and stand under sql/.
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# What was given, as it was given; and each delivery's part of it, so that a claim reads no more than that.
COLUMNS = """
alter table notify.ent_notification
  add column recipient_payload jsonb,
  add column recipient_attributes jsonb;
alter table notify.notification_delivery
  add column payload jsonb,
  add column attributes jsonb;
"""

# Which delivery and which content an item is for; when its notification was first rendered.
ITEM = """
alter type engine.render_item
  add attribute number integer,
  add attribute variant text,
  add attribute rendered_at timestamptz;
"""

# As for every table of tenants: see revision 0002.
NO_STATISTICS = """
alter table notify.ent_notification
  alter column recipient_payload set statistics 0,
  alter column recipient_attributes set statistics 0;
alter table notify.notification_delivery
  alter column payload set statistics 0,
  alter column attributes set statistics 0;
"""

# lz4 compresses several times faster than PostgreSQL's own method; a server that was built without it keeps that.
COMPRESSION = """
do $$
begin
  alter table notify.ent_notification alter column recipient_payload set compression lz4;
  alter table notify.ent_notification alter column recipient_attributes set compression lz4;
  alter table notify.notification_delivery alter column payload set compression lz4;
  alter table notify.notification_delivery alter column attributes set compression lz4;
exception
  when feature_not_supported then
    null;
end
$$
"""


def upgrade() -> None:
    for statements in (COLUMNS, ITEM, NO_STATISTICS, COMPRESSION):
        op.execute(statements)


def downgrade() -> None:
    raise RuntimeError("XNovu migrates forward only: restore a backup to go back.")
