"""The round of the doctor: one connection for all that concerns the database, then Novu, then the clocks."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any

import psycopg

from xnovu.database import explain
from xnovu.doctor import isolation, login, migration, novu, rights, server, work
from xnovu.doctor.check import Check
from xnovu.doctor.clock import Reading, compare
from xnovu.errors import UserError
from xnovu.settings import find_source, read_database_url

Connection = psycopg.Connection[Any]

# In the order in which one is mended before the next makes sense.
DATABASE_CHECKS: tuple[tuple[str, Callable[[Connection], Check]], ...] = (
    ("connection", login.check_connection),
    ("server version", server.check_version),
    ("encoding", server.check_encoding),
    ("plpython3u", server.check_language),
    ("server packages", server.check_packages),
    ("roles", rights.check_roles),
    ("migration", migration.check_migration),
    ("pgmq", migration.check_pgmq),
    ("login", login.check_login),
    ("worker's rights", rights.check_worker),
    ("HTTP face's rights", rights.check_http),
    ("logins", isolation.check_logins),
    ("policies", isolation.check_guard),
    ("statistics", isolation.check_statistics),
    ("partitions", work.check_partitions),
    ("workers", work.check_workers),
    ("queue", work.check_queue),
    ("workflows", work.check_workflows),
    ("fallbacks", work.check_fallbacks),
)
STATEMENT_SECONDS = 10
# What a login may not do, and what a database that isn't migrated doesn't have: not seen, rather than wrong.
UNSEEN = (
    psycopg.errors.InsufficientPrivilege,
    psycopg.errors.InvalidSchemaName,
    psycopg.errors.UndefinedFunction,
    psycopg.errors.UndefinedTable,
)


def examine(
    environ: Mapping[str, str], options: Mapping[str, str | None] | None = None, timeout: float = 10.0
) -> list[Check]:
    """Look at everything; never raises for what it finds, and changes nothing.

    Args:
        environ: the variables; DATABASE_URL, NOVU_API_URL and NOVU_SECRET_KEY, each also as <NAME>_FILE, and with
            _<NAME> at the end for further targets.
        options: values that win over variables of the same name, such as {"DATABASE_URL": …, "DATABASE_URL_FILE": …}.
        timeout: seconds for a connection, and for a call to Novu.
    """
    readings: list[Reading] = []
    checks = _examine_database(environ, options or {}, timeout, readings)
    checks += novu.check_targets(environ, options or {}, timeout, readings)
    checks.append(compare(readings))
    return checks


def _examine_database(
    environ: Mapping[str, str], options: Mapping[str, str | None], timeout: float, readings: list[Reading]
) -> list[Check]:
    try:
        given = options.get("DATABASE_URL"), options.get("DATABASE_URL_FILE")
        url = read_database_url(find_source("DATABASE_URL", environ, *given))
        connection = psycopg.connect(
            url,
            autocommit=True,
            client_encoding="utf8",
            connect_timeout=max(2, int(timeout)),
            fallback_application_name="xnovu doctor",
            prepare_threshold=None,
        )
    except (UserError, psycopg.Error) as error:
        return [_unreachable(error), *(_without_database(name) for name, _ in DATABASE_CHECKS)]
    with closing(connection):
        readings.append(_read_clock(connection))
        info = connection.info
        where = info.host if info.host.startswith("/") else f"{info.host}, port {info.port}"
        checks = [Check("database", "ok", f"connected to {info.dbname} on {where} as {info.user}")]
        for name, check in DATABASE_CHECKS:
            checks.append(_run(name, check, connection))
        return checks


def _run(name: str, check: Callable[[Connection], Check], connection: Connection) -> Check:
    """What the check says; an error in it becomes a check of its own. What it did is rolled back, its settings too: the
    connection may be a pool's, and somebody else's next."""
    if connection.closed:
        return Check(name, "skipped", "the connection to the database was lost on the way")
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(f"set local statement_timeout = '{STATEMENT_SECONDS}s'".encode())
            connection.execute("set local search_path = pg_catalog, pg_temp")
            return check(connection)
    except UNSEEN as error:
        return Check(name, "skipped", f"not there, or not for this login to see: {error.diag.message_primary}")
    except psycopg.errors.QueryCanceled:
        mend = "Something holds a lock, or the server is overloaded: look into pg_stat_activity."
        return Check(name, "failed", f"the database gave no answer within {STATEMENT_SECONDS} s", mend)
    except (psycopg.Error, UserError) as error:
        mend = (error.hint if isinstance(error, UserError) else None) or "The server's log may say more."
        return Check(name, "failed", f"could not be looked at: {explain(error)}", mend)


def _unreachable(error: UserError | psycopg.Error) -> Check:
    if isinstance(error, UserError):
        return Check("database", "failed", error.message, error.hint)
    reason = " ".join(str(error).split())
    mend = "Check host, port, login and password in DATABASE_URL, that the server is up, and pg_hba.conf on the server."
    return Check("database", "failed", f"can't connect: {reason}", mend)


def _without_database(name: str) -> Check:
    return Check(name, "skipped", "the database can't be reached")


def _read_clock(connection: Connection) -> Reading:
    before = time.time()
    row = connection.execute("select extract(epoch from clock_timestamp())::float8").fetchone()
    after = time.time()
    assert row is not None
    return Reading("the database server", row[0] - (before + after) / 2, (after - before) / 2)
