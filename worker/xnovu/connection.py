"""A connection for the commands that people run: to a migrated database, in one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from xnovu.errors import UserError


@contextmanager
def connect(database_url: str, application_name: str) -> Iterator[psycopg.Connection]:
    """A connection to a migrated database; commits at the end.

    Raises UserError when the database can't be reached or is not migrated.
    """
    try:
        connection = psycopg.connect(database_url, application_name=application_name, client_encoding="UTF8")
    except psycopg.OperationalError as error:
        raise UserError(f"The database can't be reached: {error}", "Check DATABASE_URL.") from error
    with connection:
        if connection.execute("select to_regclass('notify.ent_notification')").fetchone() == (None,):
            raise UserError("This database is not migrated.", "Run `xnovu migrate` first.")
        connection.commit()
        yield connection
