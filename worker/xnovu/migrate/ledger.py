"""The ledger: which file under sql/ was applied with which checksum (notify.migration_file), and facts beside it."""

from collections.abc import Callable, Iterable

import psycopg

from xnovu.errors import UserError
from xnovu.migrate import sqlfiles
from xnovu.migrate.session import Connection
from xnovu.migrate.sqlfiles import Release, SqlFile

_MISSING = (
    psycopg.errors.UndefinedFunction,
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedColumn,
    psycopg.errors.UndefinedObject,
)


def exists(connection: Connection) -> bool:
    """Whether this database has a ledger; every login may ask."""
    row = connection.execute(
        "select exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " where n.nspname = 'notify' and c.relname = 'migration_file')"
    ).fetchone()
    return row is not None and bool(row[0])


def recorded(connection: Connection) -> dict[str, str]:
    """Return the checksum of each recorded file by path; {} where there is no ledger yet."""
    if not exists(connection):
        return {}
    return dict(connection.execute("select path, sha256 from notify.migration_file").fetchall())


def changed(connection: Connection, candidates: Iterable[SqlFile]) -> list[SqlFile]:
    """Return the files whose text is not the one that was applied last."""
    applied = recorded(connection)
    return [file for file in candidates if applied.get(file.path) != file.sha256]


def apply(connection: Connection, file: SqlFile) -> None:
    """Run one file in the current transaction.

    Raises:
        UserError: PostgreSQL refused it; names the file, the line where it is known, and PostgreSQL's message.
    """
    try:
        connection.execute(file.text.encode())
    except psycopg.Error as error:
        position = error.diag.statement_position
        line = file.line_at(int(position) if position else None)
        raise failure(f"sql/{file.path}" + (f", line {line}" if line else ""), error) from error


def record(connection: Connection, applied: Iterable[SqlFile]) -> None:
    """Write down, in the current transaction, that these files were applied."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into notify.migration_file (path, sha256) values (%s, %s)"
            " on conflict (path) do update"
            " set sha256 = excluded.sha256, applied_at = now(), applied_by = session_user",
            [(file.path, file.sha256) for file in applied],
        )


def apply_changed(connection: Connection, candidates: Iterable[SqlFile], done: Callable[[str], None]) -> None:
    """Apply the changed files, all or none, together with their rows in the ledger.

    They go in path order, the order in which people read them; one that misses what a later one creates is tried again
    after it.
    """
    pending = changed(connection, candidates)
    with connection.transaction():
        waiting = pending
        while waiting:
            refusals = _try_each(connection, waiting)
            if len(refusals) == len(waiting):
                raise _combined(refusals)
            waiting = [file for file, _ in refusals]
        record(connection, pending)
    for line in sqlfiles.describe_applied(pending):
        done(line)


def _try_each(connection: Connection, files: list[SqlFile]) -> list[tuple[SqlFile, UserError]]:
    refusals = []
    for file in files:
        try:
            with connection.transaction():
                apply(connection, file)
        except UserError as error:
            if not isinstance(error.__cause__, _MISSING):
                raise
            refusals.append((file, error))
    return refusals


def _combined(refusals: list[tuple[SqlFile, UserError]]) -> UserError:
    _, first = refusals[0]
    others = [f"sql/{file.path}: {error.__cause__}".splitlines()[0] for file, error in refusals[1:]]
    message = f"{first.message} Refused as well: {'; '.join(others)}" if others else first.message
    return UserError(message, first.hint)


def left_over(connection: Connection, release: Release) -> list[str]:
    """Return the recorded paths that this release no longer has."""
    return sorted(recorded(connection).keys() - release.paths())


def fact(connection: Connection, name: str) -> str | None:
    """Return the recorded fact of that name, or None."""
    row = connection.execute("select value from notify.migration_fact where name = %s", [name]).fetchone()
    return None if row is None else str(row[0])


def record_fact(connection: Connection, name: str, value: str) -> None:
    """Write a fact down; it replaces what was recorded under that name."""
    connection.execute(
        "insert into notify.migration_fact (name, value) values (%s, %s)"
        " on conflict (name) do update set value = excluded.value, recorded_at = now()",
        [name, value],
    )


def failure(place: str, error: psycopg.Error) -> UserError:
    """Turn PostgreSQL's refusal into an error for the user; `place` says where it happened."""
    message = error.diag.message_primary or str(error).strip()
    if error.diag.message_detail:
        message += f" ({error.diag.message_detail})"
    hint = error.diag.message_hint
    if isinstance(error, psycopg.errors.LockNotAvailable):
        hint = "Another transaction holds what the migration must change; run it again when that has ended."
    return UserError(f"{place}: {message}. Nothing of this step was kept.", hint)
