"""The part of a migration that only a superuser can do: roles, schemas, pgmq, plpython3u and its functions."""

from collections.abc import Callable
from dataclasses import replace

import psycopg
from pgmq.install import PGMQInstallError, get_embedded_sql_version, install_pgmq_from_sql

from xnovu.errors import UserError
from xnovu.migrate import engine, ledger, session
from xnovu.migrate.session import Connection
from xnovu.migrate.sqlfiles import Release, SqlFile, describe_applied

_PGMQ_VERSION = "pgmq_version"
_PGMQ_SOURCE = "pgmq_source"


def run(connection: Connection, release: Release, done: Callable[[str], None]) -> None:
    """Do what is missing or has changed, in one transaction.

    The order is sql/bootstrap, pgmq, sql/queue (all of it when pgmq has just been installed), sql/python.

    Raises:
        UserError: something is needed and the login is no superuser, or the server lacks plpython3u or the Python
            packages; said before anything is changed, or with nothing of it kept.
    """
    superuser = session.is_superuser(connection)
    if not superuser and ledger.exists(connection):
        session.become_migrator(connection)
    needs_pgmq = not _has_pgmq(connection)
    first = ledger.changed(connection, release.bootstrap)
    queue = release.queue if needs_pgmq else ledger.changed(connection, release.queue)
    python = ledger.changed(connection, release.python)
    pending = [*first, *queue, *python]
    if not (needs_pgmq or pending):
        return
    if not superuser:
        raise _superuser_needed(connection, pending, needs_pgmq)
    _check_plpython(connection)
    pgmq_lines = []
    with connection.transaction():
        for file in first:
            ledger.apply(connection, file)
        if needs_pgmq:
            pgmq_lines = [_install_pgmq(connection)]
        for file in queue:
            ledger.apply(connection, file)
        connection.execute("create extension if not exists plpython3u")
        _check_server_modules(connection, release.server_modules)
        if python:
            code = engine.compile_in(connection, release.engine)
            for file in python:
                ledger.apply(connection, replace(file, text=engine.with_code(file.text, code)))
        ledger.record(connection, pending)
    for line in [*describe_applied(first), *pgmq_lines, *describe_applied([*queue, *python])]:
        done(line)


def record_pgmq(connection: Connection, report: Callable[[str], None]) -> None:
    """Record which pgmq is there when nobody has, follow the extension's version, and tell when it is an old one."""
    extension = _extension_version(connection)
    known = ledger.fact(connection, _PGMQ_VERSION)
    version = extension or known or "unknown"
    if version != known:
        ledger.record_fact(connection, _PGMQ_VERSION, version)
        ledger.record_fact(connection, _PGMQ_SOURCE, "extension" if extension else "unknown")
    ours = get_embedded_sql_version()
    if version == "unknown":
        report(f"pgmq was there before XNovu and doesn't say its version; XNovu is tested with {ours}")
    elif _numbers(version) < _numbers(ours):
        report(f"pgmq is {version}, XNovu is tested with {ours}; it is not upgraded by itself")


def _install_pgmq(connection: Connection) -> str:
    try:
        if connection.execute("select 1 from pg_available_extensions where name = 'pgmq'").fetchone():
            connection.execute("create extension pgmq")
            version, source = str(_extension_version(connection)), "extension"
        else:
            version, source = install_pgmq_from_sql(conn=connection), "package"
    except psycopg.Error as error:
        raise ledger.failure("pgmq", error) from error
    except PGMQInstallError as error:
        raise UserError(f"pgmq can't be installed: {error}. Nothing of this step was kept.") from error
    ledger.record_fact(connection, _PGMQ_VERSION, version)
    ledger.record_fact(connection, _PGMQ_SOURCE, source)
    return f"installed pgmq {version} (from the {source})"


def _has_pgmq(connection: Connection) -> bool:
    return connection.execute("select 1 from pg_namespace where nspname = 'pgmq'").fetchone() is not None


def _extension_version(connection: Connection) -> str | None:
    row = connection.execute("select extversion from pg_extension where extname = 'pgmq'").fetchone()
    return None if row is None else str(row[0])


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".") if part.isdigit()]


def _superuser_needed(connection: Connection, pending: list[SqlFile], needs_pgmq: bool) -> UserError:
    known = ledger.recorded(connection)
    parts = [f"sql/{file.path} ({'changed' if file.path in known else 'new'})" for file in pending]
    if needs_pgmq:
        parts.append("pgmq (not installed)")
    return UserError(
        "This release needs a superuser once, for what no other role can create (roles, plpython3u functions, "
        f"the queue's schema): {', '.join(parts)}. Nothing was changed.",
        "Run `xnovu migrate` once with a superuser's DATABASE_URL, or have your DBA do it; "
        "after that a member of notify_migrator is enough.",
    )


def _check_plpython(connection: Connection) -> None:
    if connection.execute("select 1 from pg_available_extensions where name = 'plpython3u'").fetchone() is None:
        major = connection.info.server_version // 10000
        raise UserError(
            "The server doesn't offer the language plpython3u, in which the templates are rendered.",
            f"On Debian: apt-get install postgresql-plpython3-{major} (on the database server). "
            "A managed service that doesn't allow it can't be used.",
        )


def _check_server_modules(connection: Connection, modules: list[str]) -> None:
    code = f"""
import sys
missing = []
for name in {modules!r}:
    try:
        __import__(name)
    except Exception as error:
        missing.append("%s (%s)" % (name, error))
if missing:
    plpy.error("The server's Python %d.%d can't import: %s" % (*sys.version_info[:2], ", ".join(missing)))
"""
    try:
        connection.execute(f"do $check$ {code} $check$ language plpython3u".encode())
    except psycopg.Error as error:
        text = error.diag.message_primary or str(error)
        raise UserError(
            f"{text.removeprefix('plpy.Error: ')}. Nothing was changed.",
            "On the database server, with the Python that plpython3.so links: pip install --no-deps "
            "--target FOLDER -r sql/requirements-server.txt; put PYTHONPATH = 'FOLDER' into the server's environment "
            "file (Debian: `environment` beside postgresql.conf), restart the server, and run `xnovu migrate` again.",
        ) from error
