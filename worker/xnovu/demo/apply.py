"""Applies samples/*.sql (logins, workflows, templates) and samples/send/*.sql (notifications, as the platform does)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import psycopg

from xnovu import files
from xnovu.errors import UserError


def load(database_url: str) -> None:
    """Load the sample logins, workflows and templates: all of samples/*.sql in name order, in one transaction.

    Loading again changes nothing that is in order. database_url is a superuser's, since logins are made and taken on.
    Raises UserError when the login is no superuser or the database is not migrated.
    """
    with connect(database_url) as connection:
        _require_superuser(connection)
        for path in sorted(files.path("samples").glob("*.sql")):
            connection.execute(path.read_bytes())


def send(database_url: str) -> None:
    """Insert the sample notifications as the login sample_platform: each of samples/send/*.sql is a transaction.

    Each carries the tag `sample-run:<time of this call>`, and `expect:<status>` where it should not end SENT.
    database_url is a superuser's. Raises UserError when it is not, or when the samples were not loaded.
    """
    with connect(database_url) as connection:
        _require_superuser(connection)
        if connection.execute("select from notify.login_enterprise where login = 'sample_manager'").fetchone() is None:
            raise UserError("The samples were not loaded into this database.", "Run `xnovu sample load` first.")
        connection.execute("set session authorization sample_platform")
        run = datetime.now(UTC).isoformat(timespec="microseconds")
        connection.execute("select set_config('sample.run', %s, false)", [run])
        connection.commit()
        for path in sorted((files.path("samples") / "send").glob("*.sql")):
            connection.execute(path.read_bytes())
            connection.commit()


@contextmanager
def connect(database_url: str) -> Iterator[psycopg.Connection]:
    """A connection to a migrated database; commits at the end.

    Raises UserError when the database can't be reached or is not migrated.
    """
    try:
        connection = psycopg.connect(database_url, application_name="xnovu sample")
    except psycopg.OperationalError as error:
        raise UserError(f"The database can't be reached: {error}", "Check DATABASE_URL.") from error
    with connection:
        if connection.execute("select to_regclass('notify.ent_notification')").fetchone() == (None,):
            raise UserError("This database is not migrated.", "Run `xnovu migrate` first.")
        connection.commit()
        yield connection


def _require_superuser(connection: psycopg.Connection) -> None:
    if connection.info.parameter_status("is_superuser") != "on":
        raise UserError(
            f"The samples need a superuser, and {connection.info.user} is none.",
            "Set DATABASE_URL to a superuser's. `./run env` prints the one of the demo database.",
        )
