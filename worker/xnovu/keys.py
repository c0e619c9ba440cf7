"""`xnovu keys`: API keys of the HTTP face, by the database's own functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from xnovu.connection import connect
from xnovu.errors import UserError

HEADINGS = ("id", "name", "begins", "state", "scopes", "for", "expires", "used")


def create(
    database_url: str, name: str, enterprises: Sequence[UUID], scopes: Sequence[str], expires: str | None
) -> tuple[UUID, str]:
    """Make a key; returns its id and the key. `expires` is a time, "never", or None for the database's default, a year.

    Raises UserError when the database refuses it."""
    alone = enterprises[0] if len(enterprises) == 1 else None
    given: dict[str, Any] = {
        "p_name": name,
        "p_scopes": list(scopes),
        "p_enterprises": None if alone else list(enterprises),
    }
    if expires is not None:
        given["p_expires_at"] = None if expires == "never" else expires
    arguments = ", ".join(f"{parameter} => %({parameter})s" for parameter in given)
    (row,) = _ask(database_url, alone, f"select * from notify.create_api_key({arguments})", given)
    return row["key_id"], row["api_key"]


def list_keys(database_url: str, enterprise: UUID | None) -> list[dict[str, Any]]:
    """The keys that the login may see, as notify.api_key_status has them; the newest first."""
    return _ask(database_url, enterprise, "select * from notify.api_key_status order by created_at desc", {})


def revoke(database_url: str, key_id: UUID, reason: str | None, enterprise: UUID | None) -> None:
    """Revoke a key. Raises UserError when there is no such key here."""
    given = {"key": key_id, "reason": reason}
    _ask(database_url, enterprise, "select notify.revoke_api_key(%(key)s, %(reason)s)", given)


def show(found: Sequence[dict[str, Any]], say: Callable[[str], None]) -> None:
    """Show keys as a table, a line each."""
    lines = [HEADINGS, *(_cells(row) for row in found)]
    widths = [max(len(line[n]) for line in lines) for n in range(len(HEADINGS))]
    for line in lines:
        say("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    enterprises = row["bound_enterprises"] or [row["enterprise_id"]]
    expires = f"{row['expires_at']:%Y-%m-%d}" if row["expires_at"] else "never"
    used = f"{row['used_at']:%Y-%m-%d %H:%M}" if row["used_at"] else "never"
    more = f" and {len(enterprises) - 1} more" if len(enterprises) > 1 else ""
    return (
        str(row["key_id"]),
        row["name"],
        row["key_start"],
        row["state"],
        ",".join(row["scopes"]),
        f"{enterprises[0]}{more}",
        expires,
        used,
    )


def _ask(database_url: str, enterprise: UUID | None, query: str, given: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of a query, with that enterprise as the context."""
    with connect(database_url, "xnovu keys") as connection:
        try:
            with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
                if enterprise is not None:
                    cursor.execute("select notify.set_enterprise(%s)", [enterprise])
                return cursor.execute(query.encode(), given).fetchall()
        except psycopg.errors.InsufficientPrivilege as error:
            raise UserError(
                f"The login may not do this: {error.diag.message_primary}.", "Use an admin's login."
            ) from None
        except psycopg.errors.CheckViolation as error:
            raise UserError(f"This can't be a key: {error.diag.constraint_name}.") from None
        except psycopg.Error as error:
            if error.sqlstate is None:
                raise
            raise UserError(f"{error.diag.message_primary}.", error.diag.message_hint) from None
