"""Brings a database to this release: `xnovu migrate`.

Three parts, each done only as far as something is missing or has changed:
  1. bootstrap   what only a superuser can do: sql/bootstrap (roles, schemas, ledger), pgmq, sql/queue, sql/python
  2. revisions   tables, constraints and indexes, by Alembic, as notify_migrator
  3. files       every other file under sql/, applied again when its checksum differs from the ledger
"""

from collections.abc import Callable
from contextlib import closing

import psycopg

from xnovu.migrate import bootstrap, ledger, revisions, session, sqlfiles

Report = Callable[[str], None]


def migrate(database_url: str, report: Report) -> None:
    """Bring the database at `database_url` to this release; a second run finds nothing to do.

    Safe when two run at once: the second waits for the first.

    Args:
        database_url: a postgresql:// URL or a key=value connection string.
        report: called with one line of text for each step that was done (after it was committed).

    Raises:
        UserError: the database can't be reached or is unfit, the login may not do what is needed (said before
            anything is changed), or a revision or file failed (nothing of that step stays).
    """
    release = sqlfiles.read_release()
    steps = 0

    def done(line: str) -> None:
        nonlocal steps
        steps += 1
        report(line)

    try:
        with closing(session.connect(database_url)) as connection:
            session.check_server(connection)
            session.lock(connection, report)
            bootstrap.run(connection, release, done)
            session.become_migrator(connection)
            bootstrap.record_pgmq(connection, report)
            revisions.upgrade(connection, database_url, done)
            ledger.apply_changed(connection, release.living, done)
            for path in ledger.left_over(connection, release):
                report(f"sql/{path} is no longer part of this release; what it created stays, unless another drops it")
    except psycopg.OperationalError as error:
        raise ledger.failure("The migration was cut off", error) from error
    if steps == 0:
        report("nothing to do")
