"""Nothing that a template or payload lacks keeps an emergency from going out.

Policies, triggers, comments and grants are living objects and stand under sql/.
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# Published versions are never changed: those of before have no fallback, and go by their name.
WORKFLOW = r"""
alter table notify.ent_notification_workflow
  add column fallback_text text,
  add constraint "the fallback is a text of at most 1,000 characters"
    check (fallback_text ~ '\S' and length(fallback_text) <= 1000),
  add constraint "the fallback is plain text, without tags of templates or control characters"
    check (fallback_text !~ '\{[{%#]' and fallback_text !~ '[\x01-\x08\x0b-\x1f\x7f]');
alter table notify.notification_workflow_version add column fallback_text text;
alter table notify.ent_notification_workflow alter column fallback_text set statistics 0;
alter table notify.notification_workflow_version alter column fallback_text set statistics 0;
"""

NOTIFICATION = """
alter table notify.ent_notification add column warnings jsonb;
alter table notify.ent_notification alter column warnings set statistics 0;
alter type engine.render_item add attribute fallback text;
"""


def upgrade() -> None:
    for statements in (WORKFLOW, NOTIFICATION):
        op.execute(statements)


def downgrade() -> None:
    raise RuntimeError("XNovu migrates forward only: restore a backup to go back.")
