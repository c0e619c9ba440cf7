"""Alembic's side of `xnovu migrate`, which hands over the connection; there is no other way to run the revisions."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from alembic import context
from alembic.runtime.migration import MigrationContext, MigrationInfo

from xnovu.errors import UserError


def tell(ctx: MigrationContext, step: MigrationInfo, heads: Collection[Any], run_args: Mapping[str, Any]) -> None:
    """Report the revision that has just been applied."""
    done: Callable[[str], None] = context.config.attributes["done"]
    done(f"applied revision {step.up_revision_id}")


if "connection" not in context.config.attributes:
    raise UserError("The revisions are applied by `xnovu migrate` only.", "Run: ./run xnovu migrate")

context.configure(
    connection=context.config.attributes["connection"],
    version_table_schema="notify",
    transaction_per_migration=True,
    on_version_apply=tell,
)
with context.begin_transaction():
    context.run_migrations()
