"""Whose workflows and templates a command is about: an enterprise's own, or those that all share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import psycopg

from xnovu.errors import UserError
from xnovu.workflows.model import SHARED
from xnovu.workflows.stored import Connection


@contextmanager
def explained() -> Iterator[None]:
    """Turns the database's refusal of what the login may not do into an error for the user."""
    try:
        yield
    except psycopg.Error as error:
        if not is_refusal(error):
            raise
        hint = error.diag.message_hint or (
            "A manager reads and writes the enterprise's own (--enterprise), an admin what is shared, too; "
            "only an admin deletes (--prune)."
        )
        raise UserError(f"The database refuses: {error.diag.message_primary or error}.", hint) from error


def choose_owner(connection: Connection, enterprise: UUID | None) -> UUID:
    """Make the enterprise the transaction's context, or what is shared; returns the owner of the rows.

    Raises UserError when the login may not manage what is shared."""
    if enterprise is not None:
        connection.execute("select notify.set_enterprise(%s)", [enterprise])
        return enterprise
    context = context_of(connection)
    connection.execute("select set_config('app.current_enterprise_id', '', true)")
    may = connection.execute("select pg_has_role(session_user, 'notify_admin', 'member'), session_user").fetchone()
    assert may is not None
    if not may[0]:
        raise UserError(
            f"The login {may[1]} may not manage what all enterprises share: that takes a member of notify_admin.",
            f"The context of the session does not count here: --enterprise {context} is needed."
            if context
            else "Name the enterprise whose workflows are meant: --enterprise UUID.",
        )
    return SHARED


def context_of(connection: Connection) -> str:
    """The enterprise in the context of the session, such as PGOPTIONS sets it; '' where there is none."""
    row = connection.execute("select coalesce(current_setting('app.current_enterprise_id', true), '')").fetchone()
    assert row is not None
    return str(row[0])


def is_refusal(error: psycopg.Error) -> bool:
    """Whether the login lacks a right, or the enterprise: no fault of the folder."""
    return isinstance(error, psycopg.errors.InsufficientPrivilege) or (error.sqlstate or "").startswith("XN00")
