"""The tables: Alembic's revisions, applied as notify_migrator, one transaction each."""

import traceback
from collections.abc import Callable
from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from xnovu import files
from xnovu.errors import UserError
from xnovu.migrate import ledger
from xnovu.migrate.session import Connection, connect_as_migrator


def upgrade(connection: Connection, database_url: str, done: Callable[[str], None]) -> None:
    """Apply the revisions that the database lacks; `connection` only looks which it has.

    Raises:
        UserError: a revision failed (names its file and line), or the database has one that this release doesn't know.
    """
    folder = files.path("alembic")
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    if _current(connection) == set(ScriptDirectory.from_config(config).get_heads()):
        return
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: connect_as_migrator(database_url), poolclass=NullPool
    )
    config.attributes["done"] = done
    try:
        with engine.connect() as upgrading:
            config.attributes["connection"] = upgrading
            command.upgrade(config, "head")
    except CommandError as error:
        raise UserError(
            f"The revisions can't be applied: {error}.",
            "The database was probably migrated by a later release: use that one.",
        ) from error
    except DBAPIError as error:
        if isinstance(error.orig, psycopg.Error):
            raise ledger.failure(_place(error, folder), error.orig) from error
        raise
    except psycopg.Error as error:
        raise ledger.failure(_place(error, folder), error) from error


def _current(connection: Connection) -> set[str]:
    found = connection.execute(
        "select 1 from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " where n.nspname = 'notify' and c.relname = 'alembic_version'"
    ).fetchone()
    if found is None:
        return set()
    return {row[0] for row in connection.execute("select version_num from notify.alembic_version")}


def _place(error: Exception, folder: Path) -> str:
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if Path(frame.filename).parent == folder / "versions":
            return f"alembic/versions/{Path(frame.filename).name}, line {frame.lineno}"
    return "alembic"
