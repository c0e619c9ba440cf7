"""The migration's connection: what the server must be, who it acts as, and the lock that keeps two apart."""

import time
from collections.abc import Callable
from typing import Any

import psycopg

from xnovu.errors import UserError

MIGRATOR = "notify_migrator"
_OLDEST_SERVER = 150000
_LOCK_KEY = 0x786E6F7675  # "xnovu" in ASCII

Connection = psycopg.Connection[tuple[Any, ...]]


def connect(database_url: str) -> Connection:
    """Open a connection in autocommit mode, with settings that no login's defaults can upset.

    Raises:
        UserError: the URL is malformed or the server can't be reached. The message never repeats the URL.
    """
    try:
        connection = psycopg.connect(
            database_url, autocommit=True, client_encoding="UTF8", application_name="xnovu migrate"
        )
    except psycopg.ProgrammingError:
        raise UserError(
            "DATABASE_URL is not a PostgreSQL connection string.",
            "It looks like postgresql://login:password@host:5432/database "
            "or postgresql://login@/database?host=/socket/folder&port=5432.",
        ) from None
    except psycopg.OperationalError as error:
        raise UserError(
            f"Can't connect to the database: {str(error).strip()}",
            "Check DATABASE_URL, and that the server runs and lets this login in.",
        ) from error
    connection.execute("set search_path = pg_catalog, pg_temp")
    connection.execute("set statement_timeout = 0")
    connection.execute("set lock_timeout = '10s'")
    return connection


def connect_as_migrator(database_url: str) -> Connection:
    """Open a second connection for the migration, already acting as notify_migrator; not in autocommit mode."""
    connection = connect(database_url)
    become_migrator(connection)
    connection.autocommit = False
    return connection


def check_server(connection: Connection) -> None:
    """Raise UserError unless the server is PostgreSQL 15 or later with a UTF-8 database."""
    if connection.info.server_version < _OLDEST_SERVER:
        version = connection.info.parameter_status("server_version")
        raise UserError(f"The server is PostgreSQL {version}; XNovu needs 15 or later.", "Upgrade the server.")
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise UserError(
            f"The database's encoding is {encoding}; XNovu needs UTF8.",
            "Create one with: create database … encoding 'UTF8' template template0",
        )


def lock(connection: Connection, report: Callable[[str], None]) -> None:
    """Wait until no other migration runs on this database; held until the connection ends.

    It asks again and again rather than waiting inside the server: there a waiter's snapshot would stop the other's
    CREATE INDEX CONCURRENTLY, which waits for it.
    """
    waited = False
    while not _one(connection, "select pg_try_advisory_lock(%s)", _LOCK_KEY):
        if not waited:
            report("waiting for another migration of this database to end")
            waited = True
        time.sleep(0.1)


def is_superuser(connection: Connection) -> bool:
    """Whether the login may do everything."""
    return bool(_one(connection, "select current_setting('is_superuser') = 'on'"))


def become_migrator(connection: Connection) -> None:
    """Act as notify_migrator from here on, and make row-level security an error instead of a silent filter.

    Raises:
        UserError: the login is no member of notify_migrator.
    """
    privilege = "SET" if connection.info.server_version >= 160000 else "MEMBER"
    if not _one(connection, "select pg_has_role(%s, %s)", MIGRATOR, privilege):
        login = _one(connection, "select quote_ident(session_user)")
        raise UserError(
            f"The login {login} may not migrate: it is no member of {MIGRATOR}.",
            f"Have a superuser run: grant {MIGRATOR} to {login}; or use a superuser's DATABASE_URL.",
        )
    connection.execute("set role notify_migrator")
    connection.execute("set row_security = off")


def _one(connection: Connection, query: Any, *parameters: object) -> Any:
    row = connection.execute(query, parameters or None).fetchone()
    assert row is not None
    return row[0]
