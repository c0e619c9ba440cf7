"""Applies samples/*.sql (logins, an enterprise's own workflow), the shared workflows of samples/workflows and
samples/templates, as `xnovu workflows push` does, and samples/send/*.sql (notifications, as the platform does)."""

from contextlib import AbstractContextManager
from datetime import UTC, datetime

import psycopg

from xnovu import connection as database_connection
from xnovu import files
from xnovu.errors import UserError
from xnovu.workflows import push_tree, read_whole


def load(database_url: str) -> None:
    """Load the sample logins, workflows and templates, in one transaction: samples/*.sql in name order, and after the
    first of them, which makes the logins, the shared workflows.

    Loading again changes nothing that is in order. database_url is a superuser's, since logins are made and taken on.
    Raises UserError when the login is no superuser or the database is not migrated.
    """
    with connect(database_url) as connection:
        _require_superuser(connection)
        logins, *others = sorted(files.path("samples").glob("*.sql"))
        connection.execute(logins.read_bytes())
        _push_shared(connection)
        for path in others:
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


def connect(database_url: str) -> AbstractContextManager[psycopg.Connection]:
    """A connection to a migrated database; commits at the end.

    Raises UserError when the database can't be reached or is not migrated.
    """
    return database_connection.connect(database_url, "xnovu sample")


def _push_shared(connection: psycopg.Connection) -> None:
    """Push the shared workflows as the sample admin, in the open transaction."""
    folder = files.path("samples")
    connection.execute("set local session authorization sample_admin")
    push_tree(connection, folder, read_whole(folder), say=lambda line: None, note="Sample workflow")


def _require_superuser(connection: psycopg.Connection) -> None:
    if connection.info.parameter_status("is_superuser") != "on":
        raise UserError(
            f"The samples need a superuser, and {connection.info.user} is none.",
            "Set DATABASE_URL to a superuser's. `./run env` prints the one of the demo database.",
        )
