"""What the database holds: the drafts of one owner, an enterprise or all together."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from xnovu.workflows.model import Template, Tree, Workflow

Connection = psycopg.Connection[tuple[Any, ...]]

_WORKFLOWS = """
select
  workflow_key as key, name, nullif(description, '') as description, category, priority, default_channels,
  template_overrides, payload_schema, fallback_text, tags, deactivated,
  case
    when expires_after is not null then array[
      extract(year from expires_after) * 12 + extract(month from expires_after),
      extract(day from expires_after),
      extract(hour from expires_after) * 3600000000 + extract(minute from expires_after) * 60000000
      + extract(microsecond from expires_after)
    ]::bigint[]
  end as expires_after
from notify.ent_notification_workflow
where enterprise_id = %s
order by workflow_key
"""

_TEMPLATES = """
select
  template_key as key, channel_type as channel, locale, name, nullif(description, '') as description,
  nullif(subject_template, '') as subject, body_template as body, variables_description, extras
from notify.ent_notification_template
where enterprise_id = %s
order by template_key, channel_type, locale
"""


# Templates first, as whoever writes a template and then publishes takes them.
_LOCKS = (
    "select from notify.ent_notification_template where enterprise_id = %s and template_key = any(%s)"
    " order by template_key, channel_type, locale for no key update",
    "select from notify.ent_notification_workflow where enterprise_id = %s and workflow_key = any(%s)"
    " order by workflow_key for no key update",
)


def lock(connection: Connection, owner: UUID, keys: set[str]) -> None:
    """Wait for others who push for this owner, or who change what has one of the keys, and keep them waiting until the
    transaction ends. What is read by a later statement of it is what they committed."""
    connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"xnovu workflows push {owner}"])
    for statement in _LOCKS:
        connection.execute(statement.encode(), [owner, sorted(keys)])


def read(connection: Connection, owner: UUID) -> Tree:
    """The workflows and templates of an owner, as far as the login sees them."""
    tree = Tree()
    with connection.cursor(row_factory=dict_row) as cursor:
        for row in cursor.execute(_WORKFLOWS, [owner]):
            parts = row.pop("expires_after")
            tree.workflows[row["key"]] = Workflow(**row, expires_after=tuple(parts) if parts else None)
        for row in cursor.execute(_TEMPLATES, [owner]):
            row["body"] = row["body"].replace("\r\n", "\n")
            template = Template(**row)
            tree.templates[template.id] = template
    return tree
